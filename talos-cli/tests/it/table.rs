//! The command table: sound in itself, and equal to the reference's tables.

use std::collections::BTreeSet;

use talos_cli::command::{Arguments, Command};
use talos_cli::flag::{Flag, HELP, Initial, Kind, Visibility};
use talos_cli::global::Environment;
use talos_cli::table;

#[test]
fn rows_are_sorted_and_sound() {
    for (path, command) in table().walk() {
        let names: Vec<_> = command.children.iter().map(|child| child.name()).collect();
        assert!(names.is_sorted(), "commands below {path}: {names:?}");
        let mut words = BTreeSet::new();
        for child in command.children {
            for word in child.aliases.iter().copied().chain([child.name()]) {
                assert!(words.insert(word), "{path} {word} calls two commands");
            }
        }
        for flags in [command.flags, command.persistent] {
            assert!(flags.iter().map(|flag| flag.name).is_sorted(), "flags of {path}");
        }
        assert!(command.run.is_some() != command.children.iter().any(|child| child.listed()), "{path} runs or holds");
        assert!(!command.short.is_empty() && !command.short.ends_with('.'), "{path}: {:?}", command.short);
        let longest = command.long.lines().chain(command.examples.lines()).map(|line| line.chars().count()).max();
        assert!(longest.unwrap_or(0) <= 130, "{path} has long lines");
        assert!(command.examples.lines().all(|line| line.starts_with("  ")), "examples of {path}");
        for group in command.exclusive {
            for name in *group {
                assert!(command.flags.iter().any(|flag| flag.name == *name), "{path} has no flag {name}");
            }
        }
        check_flags(&path, command);
    }
}

fn check_flags(path: &str, command: &Command) {
    let (mut names, mut letters) = (BTreeSet::new(), BTreeSet::new());
    for flag in command.flags.iter().chain(command.persistent).copied().chain([HELP.row()]) {
        assert!(names.insert(flag.name), "{path} has --{} twice", flag.name);
        assert!(flag.short.is_none_or(|letter| letters.insert(letter)), "{path} has -{:?} twice", flag.short);
        assert!(!flag.help.is_empty() && !flag.help.ends_with('.'), "{path} --{}", flag.name);
        if let Kind::Choice(words) = flag.kind {
            assert!(words.is_sorted(), "{path} --{}", flag.name);
            let Initial::Text(default) = flag.initial else { panic!("{path} --{} has no default", flag.name) };
            assert!(words.contains(&default), "{path} --{}", flag.name);
        }
    }
}

/// The rows of a table below `testdata/reference`, without those of later versions.
fn rows(name: &str, state: usize) -> Vec<Vec<String>> {
    let path = format!("{}/testdata/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    rows.filter(|row| !row[state].starts_with("since ")).collect()
}

fn find(path: &str) -> Option<&'static Command> {
    path.split(' ')
        .skip(1)
        .try_fold(table(), |command, word| command.children.iter().find(|child| child.name() == word).copied())
}

/// What the reference says differs from what we want, for a reason.
const OTHER_ARGUMENTS: &[&str] = &[
    // One of several words; the table has the number.
    "talosctl completion",
];

#[test]
fn commands_are_those_of_the_reference() {
    let mut known = BTreeSet::new();
    for row in rows("cli-commands.tsv", 3) {
        let [path, usage, aliases, visibility, least, most, ..] = &row[..] else { panic!("{row:?}") };
        known.insert(path.clone());
        let Some(command) = find(path) else { continue };
        assert_eq!(command.usage, usage, "{path}");
        if path != "talosctl image" && !path.starts_with("talosctl __complete") {
            let aliases: Vec<_> = aliases.split(", ").filter(|alias| !alias.is_empty()).collect();
            assert_eq!(command.aliases, aliases, "{path}");
        }
        assert_eq!(command.visibility == Visibility::Hidden, visibility == "hidden", "{path}");
        if command.run.is_none() || OTHER_ARGUMENTS.contains(&path.as_str()) {
            continue;
        }
        let expected = match (least.as_str(), most.as_str()) {
            ("0", "any") => Arguments::Any,
            ("0", "0") => Arguments::None,
            (least, "any") => Arguments::AtLeast(least.parse().unwrap()),
            (least, most) if least == most => Arguments::Exactly(least.parse().unwrap()),
            ("0", most) => Arguments::AtMost(most.parse().unwrap()),
            (least, most) => Arguments::Between(least.parse().unwrap(), most.parse().unwrap()),
        };
        assert_eq!(command.arguments, expected, "{path}");
    }
    for (path, command) in table().walk() {
        let technical = path == "talosctl __completeNoDesc";
        assert!(known.contains(&path) != command.addition || technical, "{path} is no addition, or is one");
    }
}

#[test]
fn flags_are_those_of_the_reference() {
    let mut known = BTreeSet::new();
    for row in rows("cli-flags.tsv", 8) {
        let [path, name, short, kind, default, _, required, _, state, ..] = &row[..] else { panic!("{row:?}") };
        let name = name.trim_start_matches("--");
        known.insert((path.clone(), name.to_owned()));
        let Some(command) = find(path) else { continue };
        let mut flags = command.flags.iter().chain(command.persistent).copied().chain([HELP.row()]);
        let flag = flags.find(|flag| flag.name == name).unwrap_or_else(|| panic!("{path} has no --{name}"));
        let letter = flag.short.map_or_else(String::new, |letter| format!("-{letter}"));
        assert_eq!(letter, *short, "{path} --{name}");
        assert_eq!(word(flag), *kind, "{path} --{name}");
        assert_eq!(flag.required, required == "yes", "{path} --{name}");
        let visibility = match flag.visibility {
            Visibility::Visible => "visible".to_owned(),
            Visibility::Hidden => "hidden".to_owned(),
            Visibility::Deprecated(advice) => format!("deprecated: \"{advice}\""),
        };
        let wanted = if state.starts_with("hidden command") { "visible" } else { state.split(',').next().unwrap() };
        assert_eq!(visibility, wanted, "{path} --{name}");
        if !OTHER_DEFAULTS.contains(&format!("{path} --{name}").as_str()) {
            assert_eq!(shown(flag), expected(default), "{path} --{name}");
        }
    }
    for (path, command) in table().walk() {
        for flag in command.flags.iter().chain(command.persistent) {
            let in_reference = known.contains(&(path.clone(), flag.name.to_owned()));
            assert!(
                in_reference != (flag.addition || command.addition),
                "{path} --{} is no addition, or is one",
                flag.name
            );
        }
    }
}

#[test]
fn additions_are_described() {
    let page = include_str!("../../../docs/additions.md");
    for (path, command) in table().walk() {
        let path = path.strip_prefix("talosctl ").unwrap_or(&path);
        if command.addition {
            assert!(page.contains(&format!("`{path}`")), "docs/additions.md does not name `{path}`");
            continue;
        }
        for flag in command.flags.iter().chain(command.persistent).filter(|flag| flag.addition) {
            assert!(page.contains(&format!("--{}", flag.name)), "docs/additions.md does not name --{}", flag.name);
        }
    }
}

/// Flags whose defaults are others, for a reason.
const OTHER_DEFAULTS: &[&str] = &[
    // Processes need nothing but this project.
    "talosctl cluster --provisioner",
    // Described in words in the table.
    "talosctl cluster create --arch",
    "talosctl cluster create --cni-bundle-url",
];

/// The name of the flag's type in the table.
fn word(flag: &Flag) -> &'static str {
    match flag.kind {
        Kind::Switch => "bool",
        Kind::Choice(_) => "string enum",
        kind => kind.word(),
    }
}

fn shown(flag: &Flag) -> String {
    // The table writes the home folder as shells do.
    let environment = Environment::new([("HOME".to_owned(), "~".into())], "/".into());
    let default = flag.shown_default(&environment).unwrap_or_default();
    default.trim_matches(['"', '[', ']']).to_owned()
}

/// The default of the table in our form: nothing for what is empty, zero or false.
fn expected(default: &str) -> String {
    let text = default.trim_matches(['"', '[', ']']);
    match text {
        "nil" | "false" | "0" | "0s" | "empty" => String::new(),
        text => text.replace("<registry>", "ghcr.io").replace("<tag>", "v1.5.5"),
    }
}
