//! What the parity ledger says of methods and packages.

#[path = "../../../xtask/src/ledger.rs"]
mod ledger;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use prost_reflect::DescriptorPool;

const TABLES: &[&str] = &[
    include_str!("../../testdata/reference/api.tsv"),
    include_str!("../../testdata/reference/api-resources.tsv"),
    include_str!("../../testdata/reference/api-cosi.tsv"),
    include_str!("../../testdata/reference/api-external.tsv"),
];

fn rows(kind: &str, name: impl Fn(&[&str]) -> String) -> Vec<String> {
    let rows = TABLES.iter().flat_map(|table| table.lines().skip(1)).map(|row| row.split('\t').collect::<Vec<_>>());
    let names: BTreeSet<_> = rows.filter(|row| row[1] == kind).map(|row| name(&row)).collect();
    names.into_iter().collect()
}

fn agrees(part: &str, rows: &[String], exists: &dyn Fn(&str) -> bool) {
    let entries = ledger::entries(include_str!("../../../docs/parity.toml"), part).unwrap();
    let faults = ledger::faults(rows, &entries, exists);
    assert!(faults.is_empty(), "docs/parity.toml, [{part}]:\n{}", faults.join("\n"));
}

/// A method is here when the client names its path.
#[test]
fn methods() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/client");
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let client: String = files.collect();
    agrees("methods", &rows("method", |row| format!("{} {}", row[2], row[3])), &|name| {
        client.contains(&format!("\"/{}\"", name.replace(' ', "/")))
    });
}

/// A package is here when its files are compiled; another test compares every message and field.
#[test]
fn packages() {
    let pool = DescriptorPool::decode(&include_bytes!("../../src/gen/descriptors.bin")[..]).unwrap();
    let packages: BTreeSet<_> = pool.files().map(|file| file.package_name().to_owned()).collect();
    agrees("packages", &rows("file", |row| row[3].to_owned()), &|name| packages.contains(name));
}
