//! The pages of the project against the project: links lead somewhere, and command lines can be typed.

use std::fs;
use std::path::{Path, PathBuf};

use talos_cli::command::Command;
use talos_cli::flag::{Flag, HELP};

/// Every page in Markdown, without what is built or copied from elsewhere.
fn pages() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, pages: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') && name != "target" && name != "testdata" && name != "corpus" {
                walk(&path, pages);
            } else if name.ends_with(".md") {
                let text = fs::read_to_string(&path).unwrap();
                pages.push((path, text));
            }
        }
    }
    let mut pages = Vec::new();
    walk(&crate::workspace(), &mut pages);
    pages
}

/// The command lines of a page: lines of blocks for a shell, and what stands between backticks.
fn command_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut in_block, mut shell, mut continued) = (false, false, false);
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            in_block = !in_block;
            shell = in_block && matches!(language, "sh" | "bash" | "console");
        } else if shell || line.starts_with("    cargo ") || line.starts_with("    talosctl ") {
            let line = line.trim().trim_start_matches("$ ");
            let whole = line.trim_end_matches('\\').to_owned();
            match lines.last_mut().filter(|_| continued) {
                Some(last) => *last += &whole,
                None => lines.push(whole),
            }
            continued = line.ends_with('\\');
        } else if !in_block {
            lines.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    lines
}

/// The words of a line up to what a shell does with its result; quotes hold blanks together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in line.chars() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (None, ' ') => words.push(std::mem::take(&mut word)),
            (_, letter) => word.push(letter),
        }
    }
    words.push(word);
    let end = words.iter().position(|word| ["#", "|", ">", "&&", ";"].contains(&word.as_str())).unwrap_or(words.len());
    words.truncate(end);
    words.retain(|word| !word.is_empty());
    words
}

/// What is wrong with a line that calls `talosctl`.
fn fault_of_talosctl(words: &[String]) -> Option<String> {
    let mut command: &'static Command = talos_cli::table();
    let mut flags: Vec<&'static Flag> = vec![HELP.row()];
    let mut below = true;
    for word in words {
        let known = |flags: &[&Flag]| match word.strip_prefix("--") {
            Some(name) => {
                let name = name.split('=').next().unwrap_or_default();
                flags.iter().chain(command.flags).chain(command.persistent).any(|flag| flag.name == name)
            }
            None => {
                let letter = word.chars().nth(1);
                flags.iter().chain(command.flags).chain(command.persistent).any(|flag| flag.short == letter)
            }
        };
        if word.starts_with('-') && word.len() > 1 {
            if !known(&flags) {
                return Some(format!("{} has no flag {word}", command.name()));
            }
        } else if let Some(child) = command.child(word).filter(|_| below) {
            flags.extend(command.persistent);
            command = child;
        } else if below
            && command.run.is_none()
            && !word.starts_with(|first: char| first.is_uppercase() || first == '<')
        {
            return Some(format!("{} has no command {word}", command.name()));
        } else {
            below = false;
        }
    }
    None
}

/// What is wrong with a line that calls `cargo`.
fn fault_of_cargo(words: &[String]) -> Option<String> {
    let after = |flag: &str| words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1));
    let placeholder = |name: &str| name.chars().all(|letter| letter.is_ascii_uppercase());
    if words.first().is_some_and(|verb| verb == "xtask") {
        let name = words.get(1)?;
        let verb = crate::VERBS.iter().any(|verb| verb.name == name);
        return (!verb && name != "help" && !placeholder(name)).then(|| format!("there is no chore {name}"));
    }
    let example = after("--example")?;
    let folder = crate::workspace().join("examples");
    let exists = folder.join(format!("{example}.rs")).exists() || folder.join(example).join("main.rs").exists();
    (!exists && !placeholder(example)).then(|| format!("there is no example {example}"))
}

#[test]
fn command_lines_can_be_typed() {
    let (mut faults, mut seen) = (Vec::new(), 0);
    for (path, text) in pages() {
        for line in command_lines(&text) {
            let words = words(&line);
            let Some((program, rest)) = words.split_first() else { continue };
            let fault = match program.rsplit('/').next() {
                Some("talosctl") => fault_of_talosctl(rest),
                Some("cargo") => fault_of_cargo(rest),
                _ => continue,
            };
            seen += 1;
            faults.extend(fault.map(|fault| format!("{}: {line}: {fault}", path.display())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen > 20, "only {seen} command lines were found");
}

#[test]
fn links_lead_to_files() {
    let (mut faults, mut seen) = (Vec::new(), 0);
    for (path, text) in pages() {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            // Other sites, places on the same page, and code that looks like a link.
            if file.is_empty() || file.contains("://") || file.contains(' ') || file.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            if !path.parent().unwrap().join(file).exists() {
                faults.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen > 10, "only {seen} links were found");
}

#[test]
fn lines_are_split_as_a_shell_splits_them() {
    assert_eq!(words("a --b='c d' \"e f\" > g"), ["a", "--b=c d", "e f"]);
    assert_eq!(command_lines("x `a b` y\n```sh\n$ c \\\n  d\n```\n```rust\ne\n```\n"), ["a b", "c d"]);
    assert!(fault_of_talosctl(&["validate".into(), "--nope".into()]).is_some());
    assert!(fault_of_talosctl(&["gen".into(), "nope".into()]).is_some());
    assert!(fault_of_cargo(&["run".into(), "--example".into(), "nope".into()]).is_some());
}
