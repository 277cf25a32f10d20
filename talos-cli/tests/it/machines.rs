//! Commands about machines, beyond what the records show.

use std::path::Path;

use serde_json::{Value, json};
use talos_api::testing::{Answer, Scenario, TestNode};

use crate::session::{Outcome, Session};

/// A node, and a working folder whose client configuration names it.
pub(crate) struct Machine {
    pub(crate) node: TestNode,
    pub(crate) session: Session,
}

impl Machine {
    pub(crate) async fn new(scenario: Scenario) -> Self {
        let node = TestNode::start(scenario).await.unwrap();
        let session = Session::new();
        let context = node.context();
        let credentials = &context.credentials;
        let text = format!(
            "context: lab\ncontexts:\n    lab:\n        endpoints: [{}]\n        ca: {}\n        crt: {}\n        key: {}\n",
            context.endpoints[0],
            credentials.ca,
            credentials.crt,
            credentials.key.as_str()
        );
        session.write("talosconfig", &text);
        Self { node, session }
    }

    /// Runs a command beside the runtime of the node, for the program brings its own.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        let line = format!("--talosconfig talosconfig {line}");
        std::thread::scope(|scope| scope.spawn(|| self.session.run(&line)).join().unwrap())
    }

    fn exists(&self, path: &str) -> bool {
        self.session.path(path).exists()
    }
}

fn scenario(name: &str) -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/online/scenarios");
    Scenario::load(&[folder], name).unwrap()
}

fn base64(bytes: &[u8]) -> String {
    talos_pki::base64::encode(bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_records_for_programs() {
    let machine = Machine::new(scenario("lab")).await;
    for (line, key) in [
        ("memory", "available"),
        ("memory -v", "DirectMap1G"),
        ("mounts", "mountedOn"),
        ("time", "serverTime"),
        ("stats", "cpu"),
        ("processes", "residentMemory"),
        ("netstat -xpo --all", "program"),
        ("usage", "size"),
        ("list /", "name"),
        ("list -l /dev", "mode"),
        ("service", "lastEvent"),
        ("service apid", "events"),
        ("image list", "digest"),
        ("upgrade --wait=false -i x", "ack"),
    ] {
        let flag = if line.starts_with("netstat") { "--output" } else { "-o" };
        let outcome = machine.run(&format!("-n 10.5.0.2 {line} {flag} json"));
        let records: Value = serde_json::from_str(outcome.printed()).unwrap_or_else(|error| panic!("{line}: {error}"));
        let first = records.get(0).unwrap_or_else(|| panic!("{line}: {records}"));
        assert_eq!(first["node"], "10.5.0.2", "{line}");
        assert!(first.get(key).is_some(), "{line}: {first}");
        let outcome = machine.run(&format!("-n 10.5.0.2 {line} {flag} yaml"));
        assert!(outcome.printed().starts_with("- node: 10.5.0.2\n"), "{line}: {}", outcome.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kubeconfig_that_breaks_off_changes_nothing() {
    let machine = Machine::new(scenario("kubeconfig")).await;
    for (node, reason) in [
        ("half", "error initializing gzip: rpc error: code = Internal desc = error reading cluster secrets\n"),
        ("plain", "error initializing gzip: gzip: invalid gzip header\n"),
    ] {
        let outcome = machine.run(&format!("-n {node} kubeconfig new"));
        assert_eq!((outcome.status, outcome.stderr.as_str()), (1, reason));
        machine.session.write("old", "clusters: []\n");
        assert_eq!(machine.run(&format!("-n {node} kubeconfig old")).status, 1);
        assert_eq!(machine.session.read("old"), "clusters: []\n");
        assert!(!machine.exists("new"));
    }
    machine.session.write("old", "- 1\n");
    let outcome = machine.run("-n 10.5.0.2 kubeconfig old");
    assert_eq!(outcome.stderr, "error loading existing kubeconfig: the document of the kubeconfig is no mapping\n");
}

fn event(kind: &str, fields: &[(&str, Value)]) -> Value {
    let mut data = json!({"@type": format!("talos/runtime/machine.{kind}")});
    for (key, value) in fields {
        data[key] = value.clone();
    }
    json!({"data": data, "id": "1", "actor_id": "a"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_with_reboot_waits_for_the_maintenance_service() {
    let stop = event("TaskEvent", &[("task", json!("stopAllServices"))]);
    let scenario = Scenario::new()
        .answer("machine.MachineService/Events", Answer::messages([json!({}), stop]).and_hold())
        .answer("machine.MachineService/Reset", Answer::message(json!({"messages": [{"actor_id": "a"}]})))
        .answer("machine.MachineService/Read", Answer::message(json!({"bytes": base64(b"boot\n")})))
        .answer("storage.StorageService/Disks", Answer::message(json!({"messages": [{}]})));
    let machine = Machine::new(scenario).await;
    let node = machine.node.maintenance_address();
    let outcome = machine.run(&format!("-n {node} reset --reboot --timeout 20s"));
    let lines = ["waiting for actor ID", "actor ID: a", "events check condition met", "post check passed"];
    let expected: String = lines.iter().map(|line| format!("\"{node}\": {line}\n")).collect();
    assert_eq!((outcome.status, outcome.stderr), (0, expected));
    let calls = machine.node.calls();
    let last = calls.last().unwrap();
    assert_eq!((last.listener, last.method.as_str()), ("maintenance", "storage.StorageService/Disks"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_does_not_boot_again_runs_out_of_time() {
    let ready = json!({"ready": true});
    let running = event("MachineStatusEvent", &[("stage", json!("RUNNING")), ("status", ready)]);
    let scenario = Scenario::new()
        .answer("machine.MachineService/Events", Answer::messages([json!({}), running]).and_hold())
        .answer("machine.MachineService/Reboot", Answer::message(json!({"messages": [{"actor_id": "a"}]})))
        .answer("machine.MachineService/Read", Answer::message(json!({"bytes": base64(b"boot\n")})));
    let machine = Machine::new(scenario).await;
    let outcome = machine.run("-n a reboot --timeout 2500ms");
    assert_eq!(outcome.status, 1);
    assert!(
        outcome.stderr.ends_with("events check condition met\n\"a\": context deadline exceeded\n"),
        "{}",
        outcome.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_nobody_knows_end_tracking() {
    let odd = event("RestartEvent", &[]);
    let scenario = Scenario::new()
        .answer("machine.MachineService/Events", Answer::messages([json!({}), odd]).and_hold())
        .answer("machine.MachineService/Shutdown", Answer::message(json!({"messages": [{"actor_id": "a"}]})));
    let machine = Machine::new(scenario).await;
    let outcome = machine.run("-n a shutdown");
    assert_eq!(outcome.status, 1);
    assert!(outcome.stderr.ends_with("1 error(s) occurred:\n\tevent is not supported\n"), "{}", outcome.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_names_no_action_is_an_error() {
    let scenario = Scenario::new()
        .answer("machine.MachineService/Events", Answer::message(json!({})).and_hold())
        .answer("machine.MachineService/Shutdown", Answer::message(json!({})));
    let machine = Machine::new(scenario).await;
    let outcome = machine.run("-n a shutdown --timeout 20s");
    assert_eq!(
        (outcome.status, outcome.stderr.as_str()),
        (1, "\"a\": waiting for actor ID\n\"a\": no messages returned from action run\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn captures_are_shown_as_text() {
    let machine = Machine::new(scenario("pcap")).await;
    let outcome = machine.run("-n 10.5.0.2 pcap --duration 5s");
    assert!(outcome.printed().is_empty() || outcome.stdout.starts_with("PACKET: "), "{}", outcome.stdout);
    let garbage = Answer::message(json!({"bytes": base64(&[7; 64])}));
    let machine = Machine::new(Scenario::new().answer("machine.MachineService/PacketCapture", garbage)).await;
    let outcome = machine.run("-n a pcap");
    assert_eq!((outcome.status, outcome.stderr.as_str()), (1, "unknown magic 7070707\n"));
}
