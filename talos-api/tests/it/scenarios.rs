//! The recorded scenarios load, and every answer in them is a valid message.

use std::path::PathBuf;

use talos_api::client::{ListOptions, WatchOptions};
use talos_api::proto::machine;
use talos_api::resources::{self, Spec};
use talos_api::testing::{Scenario, ScenarioError, TestNode};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/scenarios")
}

#[tokio::test]
async fn all_of_them_load() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            if let Err(error) = Scenario::load(&[folder()], &name) {
                panic!("{name}: {error}");
            }
            count += 1;
        }
    }
    assert!(count >= 14, "{count} scenarios");
    assert!(matches!(Scenario::load(&[folder()], "none"), Err(ScenarioError::NotFound { .. })));
}

#[tokio::test]
async fn the_lab_answers() {
    let node = TestNode::start(Scenario::load(&[folder()], "lab").unwrap()).await.unwrap();
    let client = node.client().nodes(["10.5.0.2", "10.5.0.4"]);
    assert_eq!(client.version().await.unwrap().all().unwrap().len(), 2);
    assert!(!client.memory().await.unwrap().replies.is_empty());
    assert!(!client.disks().await.unwrap().replies.is_empty());
    let (lines, _) = client.dmesg(machine::DmesgRequest::default()).await.unwrap().collect().await.unwrap();
    assert!(!lines.is_empty());
    let definitions = node.client().node("10.5.0.2").dynamic("meta", "ResourceDefinitions.meta.cosi.dev");
    let found = definitions.list(&ListOptions::default()).await.unwrap();
    assert!(found.iter().any(|resource| resource.metadata.id == "members.cluster.talos.dev"));
    assert!(found.iter().all(|resource| !resource.spec.proto_spec.is_empty()));
}

#[tokio::test]
async fn a_scripted_watch_goes_on_after_its_first_events() {
    let node = TestNode::start(Scenario::load(&[folder()], "watch").unwrap()).await.unwrap();
    let members = node.client().node("10.5.0.2").dynamic("cluster", "Members.cluster.talos.dev");
    let mut watch = members.watch(&WatchOptions::default().bootstrap_contents()).await.unwrap();
    let mut kinds = Vec::new();
    for _ in 0..20 {
        match tokio::time::timeout(std::time::Duration::from_secs(2), watch.next()).await {
            Ok(Some(Ok(event))) => kinds.push(std::mem::discriminant(&event)),
            Ok(Some(Err(_)) | None) | Err(_) => break,
        }
    }
    kinds.dedup();
    assert!(kinds.len() >= 3, "created, bootstrapped, updated");
}

#[tokio::test]
async fn typed_specs_print_what_recorded_nodes_sent() {
    let node = TestNode::start(Scenario::load(&[folder()], "lab").unwrap()).await.unwrap();
    let client = node.client().node("10.5.0.2");
    let mut compared = 0;
    for definition in resources::DEFINITIONS {
        for namespace in [definition.namespace, "network-config"] {
            let api = client.dynamic(namespace, definition.type_name);
            for resource in api.list(&ListOptions::default()).await.unwrap() {
                if resource.spec.proto_spec.is_empty() {
                    continue;
                }
                let shown = resources::to_yaml(definition, &resource.spec.proto_spec).unwrap();
                assert_eq!(shown, resource.spec.yaml_spec, "{}", resources::name(&resource.metadata));
                compared += 1;
            }
        }
    }
    assert!(compared > 20, "{compared} resources");
    let members = client.resources::<resources::cluster::Members>();
    let member = &members.list(&ListOptions::default()).await.unwrap()[0];
    assert!(!member.spec.hostname.is_empty() && member.spec.to_yaml().starts_with("nodeId: "));
}
