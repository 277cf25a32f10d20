//! What the parity ledger says of machines.

#[path = "../../../xtask/src/ledger.rs"]
mod ledger;

use std::collections::BTreeSet;
use std::sync::Arc;

use http::Request;
use talos_api::resources::meta::ResourceDefinitions;
use talos_api::resources::{DEFINITIONS, Kind};
use talos_api::server::roles::METHODS;
use talos_node::cosi::Query;
use talos_node::cosi::engine::Edge;
use talos_node::platform::Metal;
use talos_node::server::api::Api;
use talos_node::sys::Process;
use talos_pki::RoleSet;
use tonic::body::Body;

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
    agrees("controllers", &rows, &|name| known.contains(name));
    let others: Vec<_> = known.iter().filter(|name| !rows.iter().any(|row| row == *name)).collect();
    assert!(others.is_empty(), "the reference has no such controllers: {others:?}");
}

fn agrees(part: &str, rows: &[String], exists: &dyn Fn(&str) -> bool) {
    let entries = ledger::entries(include_str!("../../../docs/parity.toml"), part).unwrap();
    let faults = ledger::faults(rows, &entries, exists);
    assert!(faults.is_empty(), "docs/parity.toml, [{part}]:\n{}", faults.join("\n"));
}

/// A type of resources is here when a machine tells of it.
#[tokio::test]
async fn resources() {
    let rows: Vec<String> = DEFINITIONS.iter().map(|definition| definition.type_name.to_owned()).collect();
    // What a container has, this one has, too.
    let lab = Lab::start_with(Folder::new(), Process::new("/"), |settings| settings.platform = Arc::new(Metal));
    let store = &lab.node.machine().store;
    let kind = ResourceDefinitions::DEFINITION;
    let known = store.list(kind.namespace, kind.type_name, &Query::default());
    let known: BTreeSet<String> = known.iter().map(|resource| resource.metadata().id().to_owned()).collect();
    agrees("resources", &rows, &|name| known.contains(&name.to_lowercase()));
}

/// A method is here when it answers something else than that it is not implemented.
#[tokio::test]
async fn served() {
    let rows: Vec<String> = METHODS.iter().map(|(path, _)| path.trim_start_matches('/').replace('/', " ")).collect();
    let lab = Lab::start(Folder::new(), None);
    let api = Api::new(lab.node.machine());
    let mut known = BTreeSet::new();
    for row in &rows {
        // A frame without a message: of all calls, only those that do nothing without one do something.
        let mut request = Request::post(format!("/{}", row.replace(' ', "/"))).body(Body::empty()).unwrap();
        request.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
        request.extensions_mut().insert(RoleSet::all());
        let (head, _) = api.call(request).await.into_parts();
        let text = head.headers.get("grpc-message").map(|text| text.to_str().unwrap().to_owned()).unwrap_or_default();
        if !text.contains("not%20implemented") {
            known.insert(row.clone());
        }
    }
    agrees("served", &rows, &|name| known.contains(name));
}
