//! The reference page of the command line, from the command table.

use std::fmt::Write;

use crate::command::Command;
use crate::flag::{Flag, Scope};
use crate::global::Environment;
use crate::{commands, help};

/// Every visible command with its text, usage, examples and flags as Markdown. Defaults that depend on surroundings are
/// those without any variables set.
pub fn markdown() -> String {
    let mut text = String::from("# talosctl\n\nEvery command takes the flags of the commands above it as well.\n");
    let environment = Environment::empty();
    command(&mut text, &mut vec![&commands::ROOT], &environment);
    text
}

fn command(text: &mut String, path: &mut Vec<&'static Command>, environment: &Environment) {
    let row = *path.last().expect("a path begins with the root command");
    let name = crate::call::path_text(path);
    let long = if row.long.is_empty() { row.short } else { row.long };
    let _ = write!(text, "\n## {name}\n\n{}", prose(long));
    if row.addition {
        text.push_str("\nThe original program does not have this command.\n");
    }
    if row.run.is_some() {
        let _ = write!(text, "\n```text\n{}\n```\n", help::usage_line(path));
    }
    if !row.aliases.is_empty() {
        let aliases: Vec<_> = row.aliases.iter().map(|alias| format!("`{alias}`")).collect();
        let _ = write!(text, "\nOther names: {}.\n", aliases.join(", "));
    }
    if !row.examples.is_empty() {
        let _ = write!(text, "\n```sh\n{}\n```\n", unindented(row.examples));
    }
    let flags = help::shown(Scope::new(path).local());
    if flags.iter().any(|flag| flag.name != "help") {
        text.push_str("\n| Flag | Default | Meaning |\n|---|---|---|\n");
        for flag in flags.iter().filter(|flag| flag.name != "help") {
            flag_row(text, flag, environment);
        }
    }
    for child in row.children.iter().filter(|child| child.listed()) {
        path.push(child);
        command(text, path, environment);
        path.pop();
    }
}

fn flag_row(text: &mut String, flag: &Flag, environment: &Environment) {
    let mut form = String::new();
    if let Some(letter) = flag.short {
        let _ = write!(form, "`-{letter}`, ");
    }
    let _ = write!(form, "`--{}", flag.name);
    let word = flag.shown_word();
    if !word.is_empty() {
        let _ = write!(form, " {word}");
    }
    form.push('`');
    let default = flag.shown_default(environment).map_or_else(String::new, |default| format!("`{default}`"));
    let mut meaning = flag.help.to_owned();
    if flag.required {
        meaning.push_str("; required");
    }
    if flag.addition {
        meaning.push_str("; not in the original program");
    }
    let _ = writeln!(text, "| {} | {} | {} |", cell(&form), cell(&default), cell(&meaning));
}

/// The text of a table cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// Text of a help page: indented lines are kept as they are.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut fenced = false;
    for line in text.trim_end().lines() {
        let indented = line.starts_with("  ");
        if indented && !fenced {
            out.push_str("```text\n");
            fenced = true;
        } else if fenced && !indented && !line.is_empty() {
            out.push_str("```\n");
            fenced = false;
        }
        out.push_str(if fenced { line.trim_start() } else { line });
        out.push('\n');
    }
    if fenced {
        out.push_str("```\n");
    }
    out
}

fn unindented(text: &str) -> String {
    text.trim_end().lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_command_has_a_heading() {
        let page = markdown();
        let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        for (path, row) in commands::ROOT.walk() {
            assert_eq!(headings.contains(&path.as_str()), row.listed() || path == "talosctl", "{path}");
        }
        assert!(page.contains("| `-f`, `--force` |  | Overwrite files that exist |\n"), "{page}");
        assert_eq!(page.matches("```").count() % 2, 0);
    }
}
