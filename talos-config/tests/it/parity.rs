//! What the parity ledger says of fields, validation rules and rules of patches.

#[path = "../../../xtask/src/ledger.rs"]
mod ledger;

use std::collections::BTreeSet;

use talos_config::Value;

use crate::cases::{self, text};
use crate::sections;

/// Compares a part of the ledger with the rows of a table.
pub(crate) fn agrees(part: &str, rows: &[String], exists: &dyn Fn(&str) -> bool) {
    let ledger = include_str!("../../../docs/parity.toml");
    let entries = ledger::entries(ledger, part).unwrap();
    let faults = ledger::faults(rows, &entries, exists);
    assert!(faults.is_empty(), "docs/parity.toml, [{part}]:\n{}", faults.join("\n"));
}

/// The cells of a table below `testdata/reference`, without its heading.
fn table(name: &str) -> Vec<Vec<String>> {
    let text = cases::file(&format!("reference/{name}"));
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|row| row.split('\t').map(str::to_owned).collect()).collect()
}

#[test]
fn fields() {
    let rows: Vec<_> = table("config-schema.tsv").iter().map(|row| format!("{} {}", row[0], row[1])).collect();
    let here: BTreeSet<_> =
        sections::places().iter().map(|place| format!("{} {}", place.document, place.path)).collect();
    agrees("fields", &rows, &|name| here.contains(name));
}

/// A validation rule is here when a case provokes it; another test runs the cases.
#[test]
fn validation_rules() {
    let rows: Vec<_> = table("config-validation-rules.tsv").iter().map(|row| row[0].clone()).collect();
    let numbers: BTreeSet<_> = cases::list("validate/rules.yaml")
        .iter()
        .map(|case| match case.get("row") {
            Some(Value::Int(row)) => row.to_string(),
            other => panic!("{other:?} is no row"),
        })
        .collect();
    agrees("rules", &rows, &|name| numbers.contains(name));
}

/// A rule of patches is here when cases show it; other tests run the cases.
#[test]
fn rules_of_patches() {
    let table = table("patch-rules.tsv");
    let rows: Vec<_> = table.iter().map(|row| row[0].clone()).collect();
    let cases = cases::with_prefix(&["SM", "JP", "MD", "LP"]);
    let ids: BTreeSet<_> = cases.iter().map(|case| text(case, "id")).collect();
    let shown: BTreeSet<_> = table.iter().flat_map(|row| row[3].split(' ')).collect();
    assert_eq!(shown, ids, "every case shows a rule");
    agrees("patches", &rows, &|name| {
        table.iter().any(|row| row[0] == name && row[3].split(' ').all(|case| ids.contains(case)))
    });
}
