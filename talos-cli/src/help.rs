//! Help pages and usage blocks.

use std::fmt::Write;

use crate::call::path_text;
use crate::command::Command;
use crate::flag::{Flag, Scope, Visibility};
use crate::global::Environment;

/// The help page of the last command of `path`: its text, then its usage block.
pub(crate) fn page(path: &[&'static Command], environment: &Environment) -> String {
    let command = path.last().expect("a path begins with the root command");
    let text = if command.long.is_empty() { command.short } else { command.long };
    let mut out = String::new();
    if !text.is_empty() {
        out.push_str(text.trim_end());
        out.push_str("\n\n");
    }
    if command.run.is_some() || !command.children.is_empty() {
        out.push_str(&usage(path, environment));
    }
    out
}

/// The usage block of the last command of `path`: how to call it, its aliases, examples, commands and flags.
pub(crate) fn usage(path: &[&'static Command], environment: &Environment) -> String {
    let command = path.last().expect("a path begins with the root command");
    let name = path_text(path);
    let listed: Vec<_> = command.children.iter().filter(|child| child.listed()).collect();
    let mut out = String::from("Usage:\n");
    if command.run.is_some() {
        let _ = writeln!(out, "  {}", usage_line(path));
    }
    if !listed.is_empty() {
        let _ = writeln!(out, "  {name} [command]");
    }
    if !command.aliases.is_empty() {
        let _ = writeln!(out, "\nAliases:\n  {}, {}", command.name(), command.aliases.join(", "));
    }
    if !command.examples.is_empty() {
        let _ = writeln!(out, "\nExamples:\n{}", command.examples.trim_end());
    }
    if !listed.is_empty() {
        out.push_str("\nAvailable Commands:\n");
        let width = listed.iter().map(|child| child.name().len()).max().unwrap_or(0).max(11);
        for child in listed.iter().copied() {
            let _ = writeln!(out, "  {:width$} {}", child.name(), child.short);
        }
    }
    let scope = Scope::new(path);
    list_flags(&mut out, "\nFlags:\n", scope.local(), environment);
    list_flags(&mut out, "\nGlobal Flags:\n", scope.inherited(), environment);
    if !listed.is_empty() {
        let _ = writeln!(out, "\nUse \"{name} [command] --help\" for more information about a command.");
    }
    out
}

/// How to call the command: `talosctl config add <context> [flags]`.
pub(crate) fn usage_line(path: &[&'static Command]) -> String {
    let (command, above) = path.split_last().expect("a path begins with the root command");
    let mut line = path_text(above);
    if !line.is_empty() {
        line.push(' ');
    }
    line.push_str(command.usage);
    if !command.raw && !line.contains("[flags]") {
        line.push_str(" [flags]");
    }
    line
}

/// Flags that help shows, sorted by name.
pub(crate) fn shown(flags: impl Iterator<Item = &'static Flag>) -> Vec<&'static Flag> {
    let mut shown: Vec<_> = flags.filter(|flag| flag.visibility == Visibility::Visible).collect();
    shown.sort_unstable_by_key(|flag| flag.name);
    shown
}

/// The left column of a flag: `  -n, --nodes strings`.
pub(crate) fn flag_form(flag: &Flag) -> String {
    let mut form = match flag.short {
        Some(letter) => format!("  -{letter}, --{}", flag.name),
        None => format!("      --{}", flag.name),
    };
    let word = flag.shown_word();
    if !word.is_empty() {
        form.push(' ');
        form.push_str(&word);
    }
    form
}

fn list_flags(out: &mut String, title: &str, flags: impl Iterator<Item = &'static Flag>, environment: &Environment) {
    let flags = shown(flags);
    if flags.is_empty() {
        return;
    }
    out.push_str(title);
    let forms: Vec<_> = flags.iter().map(|flag| flag_form(flag)).collect();
    let width = forms.iter().map(|form| form.chars().count()).max().unwrap_or(0);
    for (flag, form) in flags.iter().zip(&forms) {
        let _ = write!(out, "{form:width$}   {}", flag.help);
        if let Some(default) = flag.shown_default(environment) {
            let _ = write!(out, " (default {default})");
        }
        out.push('\n');
    }
}
