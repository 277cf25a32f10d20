//! Configurations that a configured node is given, and sequences that clients start.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use talos_api::client::{Client, EventPayload};
use talos_api::proto::common::Code as EventCode;
use talos_api::proto::machine::apply_configuration_request::Mode;
use talos_api::proto::machine::sequence_event::Action;
use talos_api::proto::machine::service_state_event::Action as ServiceAction;
use talos_api::proto::machine::{
    ApplyConfiguration, ApplyConfigurationRequest, BootstrapRequest, EventsRequest, RebootRequest, ResetRequest,
};
use talos_api::resources::runtime::KernelParamStatuses;
use talos_node::events::Tail;
use talos_node::platform::Metal;
use talos_node::sequencer::{Leave, Sequence, Shutdown};
use talos_node::sys::{Effect, Recording};
use talos_pki::Role;
use tokio::io::{AsyncBufReadExt, BufReader};
use tonic::Code;

use crate::configured::Cluster;
use crate::machines::{Folder, Lab};

fn request(text: &str, mode: Mode) -> ApplyConfigurationRequest {
    ApplyConfigurationRequest { data: text.as_bytes().to_vec(), mode: mode.into(), ..Default::default() }
}

async fn apply(client: &Client, request: ApplyConfigurationRequest) -> ApplyConfiguration {
    client.apply_configuration(request).await.unwrap().one().unwrap()
}

fn kept(lab: &Lab) -> String {
    std::fs::read_to_string(lab.folder().join("config.yaml")).unwrap()
}

fn in_force(lab: &Lab) -> String {
    String::from_utf8(lab.node.machine().config().unwrap().container().bytes().into_owned()).unwrap()
}

/// The configuration of the cluster with a network setting, which needs no reboot, or a file, which does.
fn changed(cluster: &Cluster, text: &str) -> String {
    cluster.control_plane().replacen("machine:\n", &format!("machine:\n{text}"), 1)
}

const NOW: &str = "    sysctls:\n        net.core.somaxconn: \"1024\"\n";
const LATER: &str = "    env:\n        A: b\n";

#[tokio::test]
async fn each_mode_does_what_it_says() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    lab.until_done("saveConfig").await;
    let client = cluster.client(&lab, &[Role::Admin]);
    let before = cluster.control_plane();
    let now = changed(&cluster, NOW);
    let dry = ApplyConfigurationRequest { dry_run: true, ..request(&now, Mode::Auto) };
    let reply = apply(&client, dry).await;
    assert_eq!(reply.mode(), Mode::NoReboot);
    let lines = "Dry run summary:\nApplied configuration without a reboot (skipped in dry-run).\nConfig diff:\n\
                 @@ machine.sysctls @@\n+net.core.somaxconn: \"1024\"";
    assert_eq!(reply.mode_details, lines);
    assert_eq!((kept(&lab), in_force(&lab)), (before.clone(), before.clone()));
    let refused = client.apply_configuration(request(&changed(&cluster, LATER), Mode::NoReboot)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        refused.to_string().contains("desc = this config change can't be applied in immediate mode\ndiff:"),
        "{refused}"
    );
    let reply = apply(&client, request(&changed(&cluster, LATER), Mode::Staged)).await;
    assert_eq!(reply.mode_details, "Staged configuration to be applied after the next reboot");
    assert_eq!((kept(&lab), in_force(&lab)), (changed(&cluster, LATER), before));
    let reply = apply(&client, request(&now, Mode::Auto)).await;
    assert_eq!((reply.mode(), &*reply.mode_details), (Mode::NoReboot, "Applied configuration without a reboot"));
    assert_eq!((kept(&lab), in_force(&lab)), (now.clone(), now));
    assert!(lab.line("apply config request: mode auto(no_reboot)").is_some());
    for text in ["machine: [", "machine: {type: worker}\n"] {
        let refused = client.apply_configuration(request(text, Mode::Auto)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    }
}

#[tokio::test]
async fn what_is_tried_comes_back_unless_it_is_confirmed() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    lab.until_done("saveConfig").await;
    let client = cluster.client(&lab, &[Role::Admin]);
    let (before, now) = (cluster.control_plane(), changed(&cluster, NOW));
    let trial = |millis| ApplyConfigurationRequest {
        try_mode_timeout: Some(Duration::from_millis(millis).try_into().unwrap()),
        ..request(&now, Mode::Try)
    };
    let reply = apply(&client, trial(1500)).await;
    let text = "Applied configuration without a reboot\n\
                The config is applied in 'try' mode and will be automatically reverted back in 1.5s";
    assert_eq!(reply.mode_details, text);
    assert_eq!((kept(&lab), in_force(&lab)), (before.clone(), now.clone()));
    while in_force(&lab) != before {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(lab.line("rolling back the configuration").is_some());
    apply(&client, trial(200)).await;
    apply(&client, request(&now, Mode::NoReboot)).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!((kept(&lab), in_force(&lab)), (now.clone(), now));
}

#[tokio::test]
async fn a_change_that_needs_it_starts_the_machine_again() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    lab.until_done("saveConfig").await;
    let client = cluster.client(&lab, &[Role::Admin]);
    let before = lab.node.machine();
    let later = changed(&cluster, LATER);
    let reply = apply(&client, request(&later, Mode::Auto)).await;
    assert_eq!(reply.mode(), Mode::Reboot);
    let text = "Applied configuration with a reboot: this config change can't be applied in immediate mode\ndiff:";
    assert!(reply.mode_details.starts_with(text), "{}", reply.mode_details);
    while Arc::ptr_eq(&before, &lab.node.machine()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    lab.until_done("saveConfig").await;
    assert_eq!(in_force(&lab), later);
    assert_eq!(lab.node.machine().environment().get("A").map(String::as_str), Some("b"));
    while client.version().await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn containers_are_not_switched_off_by_clients_but_reset() {
    let cluster = Cluster::new();
    let mut lab = cluster.node().await;
    let client = cluster.client(&lab, &[Role::Admin]);
    let refused = client.reboot(RebootRequest::default()).await.unwrap_err();
    let text = "rpc error: code = FailedPrecondition desc = method is not supported in container mode";
    assert_eq!(refused.to_string(), text);
    let refused = client.bootstrap(BootstrapRequest::default()).await.unwrap_err();
    let text = "rpc error: code = FailedPrecondition desc = bootstrap is not available yet";
    assert_eq!(refused.to_string(), text);
    let reply = client.reset(ResetRequest::default()).await.unwrap().one().unwrap();
    assert_eq!(reply.actor_id.len(), 36);
    assert_eq!(lab.node.wait().await.unwrap(), Leave::PowerOff);
    assert!(lab.line("service[machined](Finished): Service finished successfully").is_some());
    assert!(lab.folder().join("config.yaml").exists());
}

#[tokio::test]
async fn of_two_sequences_one_is_told_to_be_locked_out() {
    let cluster = Cluster::new();
    let text = cluster.control_plane();
    let lab = Lab::start_with(Folder::new(), talos_node::sys::Process::new("/"), |settings| {
        settings.platform = Arc::new(Metal);
        std::fs::write(settings.state.join("config.yaml"), text).unwrap();
    });
    cluster.answers(&lab).await;
    let client = cluster.client(&lab, &[Role::Admin]);
    let mut events = client.events(EventsRequest::default()).await.unwrap();
    events.next().await.unwrap().unwrap();
    // It boots, and goes on doing so until all services are up; only some may interrupt that without being told to.
    let machine = lab.node.machine();
    let shutdown = Sequence::Shutdown(Shutdown::default());
    let refused = machine.sequencer.run(&machine, shutdown, "two", false).await.unwrap_err();
    assert_eq!(refused.to_string(), "locked");
    loop {
        let event = events.next().await.unwrap().unwrap().value;
        let Ok(EventPayload::Sequence(sequence)) = EventPayload::decode(&event) else { continue };
        if event.actor_id == "two" {
            assert_eq!((sequence.sequence.as_str(), sequence.action()), ("shutdown", Action::Noop));
            let error = sequence.error.unwrap();
            assert_eq!((error.code(), &*error.message), (EventCode::Locked, "sequence not started: locked"));
            break;
        }
    }
    // One that may interrupts it at once, and another takes over from that.
    let (first, second) =
        tokio::join!(client.reboot(RebootRequest::default()), client.reboot(RebootRequest::default()));
    assert_ne!(first.unwrap().one().unwrap().actor_id, second.unwrap().one().unwrap().actor_id);
    while Arc::ptr_eq(&machine, &lab.node.machine()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_machine_that_is_told_to_stop_ends_its_services_first() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    // Somebody listens, and must not keep the machine from stopping.
    let client = cluster.client(&lab, &[Role::Admin]);
    let mut events = client.events(EventsRequest::default()).await.unwrap();
    events.next().await.unwrap().unwrap();
    let machine = lab.node.machine();
    let stopped = tokio::time::timeout(Duration::from_secs(4), lab.node.shutdown()).await.expect("it stops soon");
    assert_eq!(stopped.unwrap(), Leave::PowerOff);
    let mut told = machine.events.subscribe(&Tail::All);
    let mut ended = Vec::new();
    while let Some(event) = told.next().await {
        let event = talos_api::proto::machine::Event { data: Some(event.data.clone()), ..Default::default() };
        match EventPayload::decode(&event) {
            Ok(EventPayload::ServiceState(event)) if event.action() == ServiceAction::Finished => {
                ended.push(event.service)
            }
            Ok(EventPayload::Sequence(event)) if event.sequence == "shutdown" => {
                ended.push(format!("shutdown {:?}", event.action()));
            }
            _ => {}
        }
    }
    assert_eq!((ended.first().unwrap().as_str(), ended.last().unwrap().as_str()), ("shutdown Start", "shutdown Stop"));
    for service in ["apid", "machined", "trustd"] {
        assert!(ended.iter().any(|ended| ended == service), "{service}: {ended:?}");
    }
}

/// Files of parameters that a machine of this kind sets by itself, and of one more.
const PARAMETERS: &[&str] = &[
    "net/ipv4/ip_forward",
    "net/ipv6/conf/default/forwarding",
    "net/ipv6/conf/default/accept_ra",
    "net/ipv4/tcp_keepalive_time",
    "net/ipv4/tcp_keepalive_intvl",
    "net/core/somaxconn",
    "kernel/panic",
    "kernel/pid_max",
    "vm/overcommit_memory",
    "fs/inotify/max_user_instances",
    "fs/aio-max-nr",
];

#[tokio::test]
async fn a_parameter_that_is_tried_is_set_and_set_back() {
    let cluster = Cluster::new();
    let computer = Folder::new();
    for path in PARAMETERS {
        let path = computer.path().join("proc/sys").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "128\n").unwrap();
    }
    let host = Recording::new(computer.path());
    let text = cluster.control_plane();
    let lab = Lab::start_with(Folder::new(), host.clone(), |settings| {
        std::fs::write(settings.state.join("config.yaml"), text).unwrap();
    });
    lab.until_done("saveConfig").await;
    let set = || -> Vec<String> {
        let values = host.effects().into_iter().filter_map(|effect| match effect {
            Effect::KernelParameter { path, value } if path.ends_with("somaxconn") => Some(value),
            _ => None,
        });
        values.collect()
    };
    let config = talos_config::load(changed(&cluster, NOW)).unwrap();
    let machine = lab.node.machine();
    let request = ApplyConfigurationRequest {
        try_mode_timeout: Some(Duration::from_millis(500).try_into().unwrap()),
        ..request(std::str::from_utf8(&config.bytes()).unwrap(), Mode::Try)
    };
    talos_node::server::runtime::apply_configuration(&machine, request).await.unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while set().len() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{:?}", set()));
    assert_eq!(set(), ["1024", "128"]);
    assert_eq!(kept(&lab), cluster.control_plane());
}

/// Needs root and `unshare` of util-linux; says so where they are missing.
#[tokio::test]
#[expect(clippy::print_stderr, reason = "whoever runs tests learns what was not tested")]
async fn root_of_a_namespace_sets_its_parameters_and_sets_them_back() {
    let cluster = Cluster::new();
    let folder = Folder::new();
    let state = folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    std::fs::write(state.join("config.yaml"), cluster.control_plane()).unwrap();
    // What has no namespace is hidden: the computer of whoever tests keeps its parameters.
    let script = "mount --make-rprivate / && for hidden in kernel vm fs; do mount -t tmpfs none /proc/sys/$hidden; done && \
                  ip link set lo up && cat /proc/sys/net/ipv4/tcp_keepalive_probes && exec \"$0\" \"$@\"";
    let mut node = tokio::process::Command::new("unshare");
    node.args([
        "--net",
        "--mount",
        "sh",
        "-c",
        script,
        env!("CARGO_BIN_EXE_talos-node"),
        "--own-namespaces",
        "--state",
    ]);
    node.arg(&state).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let Ok(mut node) = node.spawn() else {
        eprintln!("skipped: there is no unshare");
        return;
    };
    let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
    let Some(before) = lines.next_line().await.unwrap() else {
        eprintln!("skipped: namespaces need root");
        return;
    };
    let socket = state.join("system/run/machined/machine.sock");
    let client = Client::builder().socket(&socket).roles(&[Role::Admin].into_iter().collect()).build().unwrap();
    while client.version().await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let parameter = async || -> String {
        let id = "proc.sys.net.ipv4.tcp_keepalive_probes";
        let status = client.resources::<KernelParamStatuses>().get(id).await;
        status.map(|status| status.spec.current.trim().to_owned()).unwrap_or_default()
    };
    let text = changed(&cluster, "    sysctls:\n        net.ipv4.tcp_keepalive_probes: \"7\"\n");
    let timeout = Some(Duration::from_secs(2).try_into().unwrap());
    let trial = ApplyConfigurationRequest { try_mode_timeout: timeout, ..request(&text, Mode::Try) };
    let mut read = String::new();
    let mut found = async |wanted: &str| {
        while read != wanted {
            let mut value = client.read("/proc/sys/net/ipv4/tcp_keepalive_probes").await.unwrap();
            read = String::new();
            while let Some(chunk) = value.next().await {
                read += std::str::from_utf8(&chunk.unwrap()).unwrap().trim();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    found(before.trim()).await;
    apply(&client, trial).await;
    found("7").await;
    assert_eq!(parameter().await, "7");
    found(before.trim()).await;
    assert_eq!(std::fs::read_to_string(state.join("config.yaml")).unwrap(), cluster.control_plane());
    node.kill().await.unwrap();
}
