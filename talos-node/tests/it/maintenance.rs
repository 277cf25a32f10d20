//! A node without a configuration, as a client sees it.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use talos_api::client::Client;
use talos_api::proto::machine::ApplyConfigurationRequest;
use talos_api::proto::machine::apply_configuration_request::Mode;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::network::{AddressStatuses, HostnameStatuses};
use talos_api::resources::runtime::{MachineStage, MachineStatuses, MaintenanceServiceRequests};
use talos_api::resources::secrets::MaintenanceServiceCertificates;
use talos_pki::fingerprint::Fingerprint;
use tonic::Code;

use crate::machines::{Folder, Lab};

const CONFIG: &str = "\
version: v1alpha1
persist: true
machine:
  type: worker
  token: abcdef.0123456789abcdef
  ca: {crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==, key: ''}
cluster:
  controlPlane: {endpoint: 'https://10.5.0.2:6443'}
";

/// A node whose maintenance service answers.
async fn waiting() -> (Lab, Client) {
    let lab = Lab::start(Folder::new(), None);
    lab.until::<MachineStatuses>("machine", |status| status.stage == MachineStage::MAINTENANCE).await;
    lab.until::<MaintenanceServiceRequests>("maintenance", |_| true).await;
    lab.until::<MaintenanceServiceCertificates>("maintenance", |_| true).await;
    lab.until::<HostnameStatuses>("hostname", |status| status.hostname == "lab-1").await;
    let client = client(&lab, []);
    // It listens as soon as it has a certificate: a moment later, and there is nothing to wait for.
    while client.resources::<MachineStatuses>().get("machine").await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (lab, client)
}

fn client<const N: usize>(lab: &Lab, fingerprints: [[u8; 32]; N]) -> Client {
    Client::builder().endpoints([lab.address.to_string()]).maintenance(fingerprints).build().unwrap()
}

fn apply(text: &str, mode: Mode) -> ApplyConfigurationRequest {
    ApplyConfigurationRequest { data: text.into(), mode: mode.into(), ..Default::default() }
}

#[tokio::test]
async fn it_shows_what_is_no_secret() {
    let (lab, client) = waiting().await;
    let status = client.resources::<MachineStatuses>().get("machine").await.unwrap().spec;
    assert_eq!((status.stage, status.status.ready), (MachineStage::MAINTENANCE, true));
    let addresses = client.resources::<AddressStatuses>().list(&Default::default()).await.unwrap();
    let ids: Vec<_> = addresses.iter().map(|address| address.metadata.id.clone()).collect();
    assert_eq!(ids, [format!("lo/{}/8", lab.address)]);
    let refused = client.resources::<MaintenanceServiceCertificates>().get("maintenance").await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    for (refused, text) in [
        (client.version().await.unwrap_err(), "API is not implemented in maintenance mode"),
        (client.hostname().await.unwrap_err(), "method Hostname not implemented"),
    ] {
        assert_eq!(refused.to_string(), format!("rpc error: code = Unimplemented desc = {text}"));
    }
}

#[tokio::test]
async fn the_console_tells_how_to_go_on() {
    let (lab, _) = waiting().await;
    let said = lab.said();
    let place = said.iter().position(|line| line == "this machine is reachable at:").unwrap();
    assert_eq!(said[place + 1], format!("\t{}", lab.address));
    let line = lab.line("server certificate issued").unwrap();
    let text = line.split("\"fingerprint\": \"").nth(1).unwrap().trim_end_matches("\"}");
    let shown = Fingerprint::parse(text).unwrap().as_bytes().try_into().unwrap();
    assert!(client(&lab, [shown]).resources::<MachineStatuses>().get("machine").await.is_ok());
    assert!(client(&lab, [[7; 32]]).resources::<MachineStatuses>().get("machine").await.is_err());
    let usage = format!("\ttalosctl apply-config --insecure --nodes {} --file <config.yaml>", lab.address);
    assert_eq!(said.iter().filter(|line| **line == usage).count(), 1);
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_and_it_stays_as_it_is() {
    let (lab, client) = waiting().await;
    for (text, mode, code, message) in [
        (
            CONFIG,
            Mode::NoReboot,
            Code::Unimplemented,
            "apply configuration --mode='no-reboot' is not supported in maintenance mode",
        ),
        (
            CONFIG,
            Mode::Staged,
            Code::Unimplemented,
            "apply configuration --mode='staged' is not supported in maintenance mode",
        ),
        ("machine: [", Mode::Auto, Code::Unknown, "failed to parse config: "),
        ("machine: {type: worker}\n", Mode::Auto, Code::InvalidArgument, "configuration validation failed: "),
    ] {
        let refused = client.apply_configuration(apply(text, mode)).await.unwrap_err();
        assert_eq!(refused.code(), code, "{refused}");
        let expected = format!("rpc error: code = {code:?} desc = {message}");
        assert!(refused.to_string().starts_with(&expected), "{refused}");
    }
    let dry = ApplyConfigurationRequest { dry_run: true, ..apply(CONFIG, Mode::Auto) };
    let reply = client.apply_configuration(dry).await.unwrap().one().unwrap();
    let expected = "Dry run summary:\nNode is running in maintenance mode and does not have a config yet.";
    assert_eq!(reply.mode_details, expected);
    assert!(lab.node.machine().store.spec::<MachineConfigs>("v1alpha1").is_none());
    assert!(!lab.folder().join("config.yaml").exists());
}

#[tokio::test]
async fn an_applied_configuration_is_kept_and_the_service_ends() {
    let (lab, client) = waiting().await;
    let applied = client.apply_configuration(apply(CONFIG, Mode::Auto)).await.unwrap();
    assert_eq!(applied.one().unwrap().mode_details, "");
    lab.until_done("saveConfig").await;
    let kept = lab.folder().join("config.yaml");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), CONFIG);
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    let last = lab.line("machine config loaded successfully").unwrap();
    assert!(last.ends_with("\"sources\": [\"maintenance\"]}"), "{last}");
    assert!(tokio::net::TcpStream::connect((lab.address, 50000)).await.is_err());
    lab.node.stop().await;
}

#[tokio::test]
async fn a_configuration_that_is_there_leaves_nothing_to_wait_for() {
    let lab = Lab::start(Folder::new(), Some(CONFIG));
    lab.until_done("saveConfig").await;
    assert!(lab.line("entering maintenance service").is_none());
    let folder = Folder::new();
    std::fs::write(folder.path().join("config.yaml"), CONFIG).unwrap();
    let lab = Lab::start(folder, None);
    lab.until_done("saveConfig").await;
    assert!(lab.line("\"sources\": [\"state\"]").is_some());
}

#[tokio::test]
async fn a_kept_configuration_that_does_not_ask_to_be_kept_is_ignored() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("config.yaml"), CONFIG.replace("persist: true\n", "")).unwrap();
    let lab = Lab::start(folder, None);
    lab.until::<MachineStatuses>("machine", |status| status.stage == MachineStage::MAINTENANCE).await;
    assert!(lab.line("config persistence is disabled, ignoring stored machine config").is_some());
}

#[tokio::test]
async fn many_nodes_live_in_one_process() {
    let mut labs = Vec::new();
    for _ in 0..20 {
        labs.push(waiting().await);
    }
    for (lab, client) in labs {
        let addresses = client.resources::<AddressStatuses>().list(&Default::default()).await.unwrap();
        assert_eq!(addresses[0].metadata.id, format!("lo/{}/8", lab.address));
        lab.node.stop().await;
    }
}
