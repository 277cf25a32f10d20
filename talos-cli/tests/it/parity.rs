//! What the parity ledger says of commands and flags.

#[path = "../../../xtask/src/ledger.rs"]
mod ledger;

use std::collections::BTreeSet;

use talos_cli::flag::HELP;
use talos_cli::table;

/// Names made of the first cells of the rows of a table below `testdata/reference`.
fn rows(table: &str, name: impl Fn(&[&str]) -> String) -> Vec<String> {
    table.lines().skip(1).map(|line| name(&line.split('\t').collect::<Vec<_>>())).collect()
}

/// The path of a command without the name of the program, which stands for the root alone.
fn short(path: &str) -> &str {
    path.strip_prefix("talosctl ").unwrap_or(path)
}

fn agrees(part: &str, rows: &[String], here: &BTreeSet<String>) {
    let entries = ledger::entries(include_str!("../../../docs/parity.toml"), part).unwrap();
    let faults = ledger::faults(rows, &entries, &|name| here.contains(name));
    assert!(faults.is_empty(), "docs/parity.toml, [{part}] (run `cargo xtask parity`):\n{}", faults.join("\n"));
}

#[test]
fn commands() {
    let here = table().walk().map(|(path, _)| short(&path).to_owned()).collect();
    let rows = rows(include_str!("../../testdata/reference/cli-commands.tsv"), |row| short(row[0]).to_owned());
    agrees("commands", &rows, &here);
}

#[test]
fn flags() {
    let mut here = BTreeSet::new();
    for (path, command) in table().walk() {
        for flag in command.flags.iter().chain(command.persistent).copied().chain([HELP.row()]) {
            here.insert(format!("{} --{}", short(&path), flag.name));
        }
    }
    let rows =
        rows(include_str!("../../testdata/reference/cli-flags.tsv"), |row| format!("{} {}", short(row[0]), row[1]));
    agrees("flags", &rows, &here);
}
