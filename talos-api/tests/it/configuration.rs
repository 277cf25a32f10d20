//! Types found by name, and the configuration of a node.

use serde_json::json;
use talos_api::client::PatchError;
use talos_api::proto::machine::ApplyConfigurationRequest;
use talos_api::proto::machine::apply_configuration_request::Mode;
use talos_api::testing::{Answer, Scenario, TestNode};
use talos_config::patch;
use tonic::Code;

const CONFIGURATION: &str = "version: v1alpha1 # kept\nmachine:\n    type: worker\ncluster: {}\n";

fn scenario() -> Scenario {
    let spec = json!({
        "@type": "type.googleapis.com/resource.config.MachineConfigSpec",
        "yaml_marshalled": talos_pki::base64::encode(CONFIGURATION.as_bytes()),
    });
    let reply = json!({"messages": [{"mode": "NO_REBOOT", "mode_details": "Applied"}]});
    Scenario::new()
        .resource("config", "MachineConfigs.config.talos.dev", "v1alpha1", CONFIGURATION, Some(spec))
        .answer("machine.MachineService/ApplyConfiguration", Answer::message(reply))
}

#[tokio::test]
async fn a_configuration_is_read_and_patched() {
    let node = TestNode::start(scenario()).await.unwrap();
    let client = node.client().node("10.5.0.2");
    assert_eq!(client.machine_configuration().await.unwrap(), CONFIGURATION);

    let request = ApplyConfigurationRequest { mode: Mode::Staged.into(), dry_run: true, ..Default::default() };
    let patches = [patch::load("machine:\n  network:\n    hostname: w-1\n").unwrap()];
    let reply = client.patch_configuration(&patches, request.clone()).await.unwrap().one().unwrap();
    assert_eq!(reply.mode_details, "Applied");
    let sent = node.calls().pop().unwrap().messages.remove(0);
    assert_eq!((&sent["mode"], &sent["dry_run"]), (&json!("STAGED"), &json!(true)));
    let data = talos_pki::base64::decode(sent["data"].as_str().unwrap()).unwrap();
    assert!(String::from_utf8(data).unwrap().contains("hostname: w-1"));

    let before = node.calls().len();
    let patches = [patch::load(r#"[{"op": "remove", "path": "/nope"}]"#).unwrap()];
    let error = client.patch_configuration(&patches, request).await.unwrap_err();
    assert!(matches!(error, PatchError::Patch(_)), "{error}");
    assert_eq!(node.calls().len(), before + 1, "nothing was sent");
}

#[tokio::test]
async fn types_are_found_by_name() {
    let spec = json!({
        "@type": "type.googleapis.com/cosi.resource.meta.ResourceDefinitionSpec",
        "resource_type": "Links.net.talos.dev",
        "default_namespace": "network",
        "all_aliases": ["links", "link"],
    });
    let scenario =
        Scenario::new().resource("meta", "ResourceDefinitions.meta.cosi.dev", "links.net.talos.dev", "x", Some(spec));
    let node = TestNode::start(scenario).await.unwrap();
    let client = node.client();
    let found = client.node("a").definition("LINK").await.unwrap();
    assert_eq!((found.resource_type.as_str(), found.default_namespace.as_str()), ("Links.net.talos.dev", "network"));
    assert_eq!(client.node("a").definition("nope").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(node.calls()[0].metadata[0], ("node".to_owned(), vec!["a".to_owned()]));
}
