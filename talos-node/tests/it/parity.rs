//! What the parity ledger says of controllers.

#[path = "../../../xtask/src/ledger.rs"]
mod ledger;

use std::collections::BTreeSet;

use talos_node::cosi::engine::Edge;

use crate::machines::{Folder, Lab};

/// A controller is here when a node has it.
#[tokio::test]
async fn controllers() {
    let rows = include_str!("../../testdata/reference/controllers.tsv").lines().skip(1);
    let rows: Vec<String> = rows.map(|row| row.split('\t').next().unwrap().to_owned()).collect();
    let machine = Lab::start(Folder::new(), None).node.machine();
    let known: BTreeSet<&str> = machine
        .graph()
        .iter()
        .map(|edge| match edge {
            Edge::Output(controller, _) | Edge::Input(controller, _) => *controller,
        })
        .collect();
    let entries = ledger::entries(include_str!("../../../docs/parity.toml"), "controllers").unwrap();
    let mut faults = ledger::faults(&rows, &entries, &|name| known.contains(name));
    let others = known.iter().filter(|name| !rows.iter().any(|row| row == *name));
    faults.extend(others.map(|name| format!("{name}: the reference has no such controller")));
    assert!(faults.is_empty(), "docs/parity.toml, [controllers]:\n{}", faults.join("\n"));
}
