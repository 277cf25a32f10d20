//! What the records do not show: interruptions, groups of nodes, forms of results.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use talos_api::client::Credentials;
use talos_api::testing::{Answer, Identity, Scenario, TestNode};
use tokio::process::{Child, Command};

use super::play::WorkingFolder;
use super::{root, zip};
use crate::session::Session;

/// A program and the node it talks to.
struct Live {
    node: TestNode,
    work: WorkingFolder,
}

impl Live {
    async fn new(scenario: Scenario) -> Self {
        let node = TestNode::start(scenario).await.unwrap();
        let work = WorkingFolder::new();
        let text = talosconfig(&node.address().to_string(), &node.identity().credentials);
        std::fs::write(work.0.join("talosconfig"), text).unwrap();
        Self { node, work }
    }

    fn start(&self, line: &str) -> Child {
        Command::new(env!("CARGO_BIN_EXE_talosctl"))
            .args(["--talosconfig", "talosconfig"])
            .args(line.split(' '))
            .env_clear()
            .env("HOME", &self.work.0)
            .current_dir(&self.work.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    async fn run(&self, line: &str) -> (i32, String, String) {
        texts(self.start(line).wait_with_output().await.unwrap())
    }

    /// Interrupts a program once the node holds a call of it; it must end at once.
    async fn interrupted(&self, line: &str, held: usize, signal: &str) -> (i32, String, String) {
        let child = self.start(line);
        let id = child.id().unwrap().to_string();
        self.node.held(held).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let before = Instant::now();
        Command::new("kill").args([signal, &id]).status().await.unwrap();
        let output = child.wait_with_output().await.unwrap();
        assert!(before.elapsed() < Duration::from_secs(2), "{line}: {:?}", before.elapsed());
        texts(output)
    }

    fn files(&self) -> Vec<String> {
        let names = std::fs::read_dir(&self.work.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != "talosconfig").collect();
        names.sort();
        names
    }
}

/// A client configuration with one context.
pub(super) fn talosconfig(endpoint: &str, credentials: &Credentials) -> String {
    let Credentials { ca, crt, key, .. } = credentials;
    let key = key.as_str();
    format!(
        "context: lab\ncontexts:\n    lab:\n        endpoints: [{endpoint}]\n        ca: {ca}\n        crt: {crt}\n        key: {key}\n"
    )
}

/// Exit status, standard output, standard error.
pub(super) fn texts(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn lab() -> Scenario {
    Scenario::load(&[root().join("scenarios")], "lab").unwrap()
}

fn bytes(file: &Path, length: usize) -> Value {
    let bytes = std::fs::read(file).unwrap();
    json!({"bytes": talos_pki::base64::encode(&bytes[..length])})
}

fn file(path: &str) -> PathBuf {
    root().join("scenarios").join(path)
}

pub(super) const ABORTING: &str = "Signal received, aborting, press Ctrl+C once again to abort immediately...\n";

#[tokio::test]
async fn following_ends_well_when_interrupted() {
    let event = json!({"data": {"@type": "talos/runtime/machine.TaskEvent", "task": "x"}, "id": "1"});
    let scenario = Scenario::new()
        .answer("machine.MachineService/Events", Answer::message(event).and_hold())
        .answer("machine.MachineService/Dmesg", Answer::messages([]).and_hold());
    let live = Live::new(scenario).await;
    for (held, signal, line) in
        [(1, "-INT", "-n a events --tail -1"), (2, "-TERM", "-n a dmesg -f"), (3, "-INT", "-n a events")]
    {
        let (status, _, stderr) = live.interrupted(line, held, signal).await;
        assert_eq!((status, stderr.as_str()), (0, ABORTING), "{line}");
    }
}

#[tokio::test]
async fn calls_fail_when_interrupted_and_leave_no_file() {
    let snapshot = bytes(&file("snapshot/files/etcd.db"), 9000);
    let archive = bytes(&file("copy/files/tree.tgz"), 150);
    let scenario = Scenario::new()
        .answer("machine.MachineService/EtcdDefragment", Answer::messages([]).and_hold())
        .answer("machine.MachineService/EtcdSnapshot", Answer::message(snapshot).and_hold())
        .answer("machine.MachineService/Copy", Answer::message(archive).and_hold());
    let live = Live::new(scenario).await;
    for (held, line, want) in [
        (1, "-n a etcd defrag", "rpc error: code = Canceled desc = context canceled\n"),
        (2, "-n a etcd snapshot db", "error reading: rpc error: code = Canceled desc = context canceled\n"),
        (3, "-n a copy /etc .", "rpc error: code = Canceled desc = context canceled\n"),
    ] {
        let (status, stdout, stderr) = live.interrupted(line, held, "-INT").await;
        assert_eq!((status, stdout.as_str()), (1, ""), "{line}: {stderr}");
        assert_eq!(stderr.strip_prefix(ABORTING), Some(want), "{line}");
    }
    assert!(live.files().iter().all(|name| !name.starts_with('.') && !name.starts_with("db")), "{:?}", live.files());
}

#[tokio::test]
async fn a_second_interruption_ends_what_is_stuck() {
    let line = json!({"bytes": talos_pki::base64::encode(&[b'x'; 64 << 10])});
    let lines = Answer::messages(std::iter::repeat_n(line, 64));
    let live = Live::new(Scenario::new().answer("machine.MachineService/Dmesg", lines)).await;
    // Nobody reads, so the program waits in the middle of a line.
    let mut child = live.start("-n a dmesg");
    let id = child.id().unwrap().to_string();
    while live.node.calls().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    for _ in 0..2 {
        assert_eq!(child.try_wait().unwrap(), None);
        Command::new("kill").args(["-INT", &id]).status().await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
}

#[tokio::test]
async fn broken_streams_leave_no_file() {
    let failure = || Answer::error("Internal", "disk is gone");
    let scenario = Scenario::new()
        .answer("machine.MachineService/EtcdSnapshot", failure())
        .answer("machine.MachineService/Copy", failure());
    let live = Live::new(scenario).await;
    let (status, _, stderr) = live.run("-n a etcd snapshot db").await;
    assert_eq!((status, stderr.as_str()), (1, "error reading: rpc error: code = Internal desc = disk is gone\n"));
    let (status, _, stderr) = live.run("-n a copy /etc out").await;
    assert_eq!(
        (status, stderr.as_str()),
        (1, "error initializing gzip: rpc error: code = Internal desc = disk is gone\n")
    );
    assert_eq!(live.files(), ["out"]);
    let garbage = json!({"bytes": talos_pki::base64::encode(&[b'x'; 600])});
    let live = Live::new(Scenario::new().answer("machine.MachineService/Copy", Answer::message(garbage))).await;
    let (status, _, stderr) = live.run("-n a copy /etc .").await;
    assert_eq!((status, stderr.as_str()), (1, "error initializing gzip: gzip: invalid header\n"));
}

#[tokio::test]
async fn groups_stand_for_members() {
    let live = Live::new(lab()).await;
    let (status, _, stderr) = live.run("-n @cp,10.5.0.2 etcd forfeit-leadership").await;
    assert_eq!((status, stderr.as_str()), (0, ""));
    let calls = live.node.calls();
    let nodes = |at: usize| calls[at].metadata.iter().find(|(key, _)| key == "nodes").map(|(_, nodes)| nodes.clone());
    assert_eq!((calls.len(), calls[0].method.as_str()), (2, "cosi.resource.State/List"));
    assert_eq!(nodes(0), None);
    assert_eq!(nodes(1), Some(["10.5.0.2", "10.5.0.3", "10.5.0.2"].map(str::to_owned).to_vec()));
    let (status, _, stderr) = live.run("-n @masters version").await;
    assert_eq!(status, 1);
    assert!(stderr.starts_with("unknown group of nodes \"@masters\", there are @all, @controlplane,"), "{stderr}");
}

#[tokio::test]
async fn tables_have_other_forms() {
    let live = Live::new(lab()).await;
    let (status, stdout, _) = live.run("-n 10.5.0.2 disks -o json").await;
    let disks: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((status, &disks[0]["node"], &disks[0]["systemDisk"]), (0, &json!("10.5.0.2"), &json!(true)));
    assert!(disks[0]["size"].is_u64());
    let (_, stdout, _) = live.run("-n 10.5.0.3 etcd alarm list -o json").await;
    assert_eq!(stdout, "[]\n");
    let (_, stdout, _) = live.run("-n 10.5.0.2 etcd members -o yaml").await;
    assert!(stdout.starts_with("- node: 10.5.0.2\n  id: 8e9e05c52164694d\n  hostname: cp-1\n"), "{stdout}");
    let (_, stdout, _) = live.run("-n 10.5.0.2 events --tail -1 -o json").await;
    for line in stdout.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["node"], "10.5.0.2");
    }
    assert!(stdout.lines().count() > 5);
}

#[test]
fn hints_and_warnings_are_for_people() {
    let mut session = Session::new();
    session.write("talosconfig", &talosconfig("127.0.0.1:1", &Identity::new("lab").credentials));
    // Shortly before the certificate ends.
    session.now = SystemTime::UNIX_EPOCH + Duration::from_secs(67_088_200_000);
    let line = "--talosconfig talosconfig -n a etcd leave";
    let refused = "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp \
                   127.0.0.1:1: connect: connection refused\"";
    let outcome = session.run(line);
    assert_eq!((outcome.status, outcome.stderr), (1, format!("{refused}\n")));
    session.terminal = true;
    let outcome = session.run(line);
    let lines: Vec<_> = outcome.stderr.lines().collect();
    assert!(lines[0].starts_with("WARNING: the client certificate expires 3 weeks from now (4096-01-01)"), "{lines:?}");
    assert_eq!(lines[1], refused);
    assert_eq!(
        lines[2],
        "hint: the connection used context \"lab\" with the endpoints 127.0.0.1:1; a node that is named in the error was \
         asked by one of them"
    );
}

#[tokio::test]
async fn nodes_complete_from_the_live_cluster() {
    let live = Live::new(lab()).await;
    let (_, stdout, _) = live.run("__complete --nodes 10.5.0.2,c").await;
    assert_eq!(stdout, "10.5.0.2,cp-1\n10.5.0.2,cp-2\n:4\n");
    let (_, stdout, _) = live.run("__complete --nodes @").await;
    assert_eq!(stdout, "@all\n@controlplane\n@cp\n@workers\n:4\n");
}

#[tokio::test]
async fn bundles_hold_what_nodes_tell_but_no_secrets() {
    let scenario = Scenario::load(&[root().join("scenarios")], "support").unwrap();
    let live = Live::new(scenario).await;
    let bundle = async |line: &str| {
        let (status, stdout, stderr) = live.run(line).await;
        // Kubernetes gives nothing in this scenario.
        assert_eq!(status, 1, "{stderr}");
        assert!(stderr.ends_with("Support bundle is written to s.zip\n"), "{stderr}");
        assert!(!stderr.contains("10.5.0.2"), "{stderr}");
        (std::fs::read(live.work.0.join("s.zip")).unwrap(), stdout)
    };
    let (archive, _) = bundle("-n 10.5.0.2 support -O s.zip").await;
    let text = |name: &str| zip::text(&archive, &format!("10.5.0.2/{name}"));
    let configuration = text("talosResources/machineconfigs.config.talos.dev.yaml");
    assert!(
        configuration.contains("    id: v1alpha1\n") && configuration.ends_with("\nspec: <REDACTED>\n"),
        "{configuration}"
    );
    let members = text("talosResources/members.cluster.talos.dev.yaml");
    assert!(members.starts_with("metadata:\n") && members.contains("\n---\nmetadata:\n"), "{members}");
    assert!(members.contains("\nspec:\n    "), "{members}");
    for (name, begin) in [
        ("mounts", "FILESYSTEM   "),
        ("io", "NAME   IO_TIME   IO_TIME_WEIGHTED   DISK_WRITE_SECTORS   DISK_READ_SECTORS\n"),
        ("processes", "PID      STATE   THREADS   CPU-TIME   "),
        ("summary", "Client:\n\tTag:  "),
        ("dependencies.dot", "digraph  {\n"),
        ("apid.state", "ID   "),
    ] {
        assert!(text(name).starts_with(begin), "{name}: {}", text(name));
    }
    assert!(!text("summary").contains("NODE:") && text("summary").contains("\nServer:\n\tTag:  "));
    // The same is there when it is collected in another order, and lines tell what.
    std::fs::remove_file(live.work.0.join("s.zip")).unwrap();
    let (again, stdout) = bundle("-n 10.5.0.2 support -O s.zip -v -w 8").await;
    assert_eq!(zip::names(&again), zip::names(&archive));
    assert!(stdout.contains("10.5.0.2: dmesg.log\n") && stdout.contains("cluster: kubeconfig\n"), "{stdout}");
}

#[tokio::test]
async fn bundles_are_whole_or_not_there() {
    let live = Live::new(Scenario::new()).await;
    let (status, _, stderr) = live.run("-n a,b support --num-workers 0").await;
    assert_eq!((status, stderr.as_str()), (1, "--num-workers must be 1 or more\n"));
    // Nodes that answer nothing are told about, file by file.
    let (status, _, stderr) = live.run("-n a,b support").await;
    assert_eq!(status, 1);
    for line in [
        "   a         failed to get system services logs rpc error: code = Unimplemented desc = ",
        "   b         failed to get kube-system containers logs rpc error: code = Unimplemented desc = ",
        "   b         failed to get dmesg.log: rpc error: code = Unimplemented desc = ",
        "   cluster   failed to get kubernetes client, tried nodes 127.0.0.1:",
    ] {
        assert!(stderr.contains(&format!("\n{line}")), "{line}\n{stderr}");
    }
    assert_eq!(live.files(), ["support.zip"]);
    assert_eq!(zip::names(&std::fs::read(live.work.0.join("support.zip")).unwrap()), "");
    // What is there is kept unless somebody says yes.
    let (status, stdout, stderr) = live.run("-n a support").await;
    assert_eq!((status, stdout.as_str()), (1, "support.zip already exists, overwrite? [y/N]: "));
    assert_eq!(stderr, "support.zip is there already and stays as it is\n");

    let hold = || Answer::messages([]).and_hold();
    let scenario = Scenario::new()
        .answer("machine.MachineService/ServiceList", hold())
        .answer("machine.MachineService/Kubeconfig", hold());
    let live = Live::new(scenario).await;
    let (status, _, stderr) = live.interrupted("-n a support", 2, "-INT").await;
    let wanted = format!("{ABORTING}rpc error: code = Canceled desc = context canceled\n");
    assert_eq!((status, stderr), (1, wanted));
    assert_eq!(live.files(), [""; 0]);
}
