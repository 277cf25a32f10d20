//! The full-screen monitor: its screens drawn from what scripted nodes answer, its sources, and the program in a terminal.
//!
//! Files named after a screen and a size hold what is expected on it.

mod screens;
mod source;
#[cfg(target_os = "linux")]
mod terminal;

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};
use talos_api::client::Client;
use talos_api::testing::{Answer, Scenario};
use talos_cli::dashboard::model::Model;
use talos_cli::dashboard::source::Source;
use talos_cli::dashboard::view::{Moment, View};

/// When the machines were booted, in seconds since 1970.
const BOOTED: u64 = 1_700_632_800;

/// Two nodes of a cluster: one that has everything a screen shows, one that lacks most; the others do not answer.
fn scenario() -> Scenario {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/online/scenarios");
    let mut scenario = Scenario::load(&[root], "lab").unwrap();
    let answers = [
        (
            "SystemStat",
            json!({
                "boot_time": BOOTED.to_string(), "context_switches": "1000", "process_created": "500",
                "process_running": "3", "process_blocked": "1",
                "cpu_total": {"user": 1000.0, "nice": 10.0, "system": 500.0, "idle": 7000.0, "iowait": 400.0,
                              "irq": 20.0, "soft_irq": 60.0, "steal": 10.0},
            }),
        ),
        ("CPUInfo", json!({"cpu_info": [{"processor": 0, "cpu_mhz": 2394.4}, {"processor": 1, "cpu_mhz": 2394.4}]})),
        ("LoadAvg", json!({"load1": 1.52, "load5": 0.75, "load15": 12.08})),
        ("NetworkDeviceStats", json!({"total": {"name": "eth0", "rx_bytes": "1000", "tx_bytes": "2000"}})),
        ("DiskStats", json!({"total": {"name": "sda", "read_sectors": "10", "write_sectors": "20"}})),
    ];
    for (method, answer) in answers {
        let answer = Answer::message(json!({"messages": [answer]}));
        let method = format!("machine.MachineService/{method}");
        let gone = Answer::error("Unavailable", "connection refused");
        let unknown = Answer::error("Unimplemented", "not here");
        scenario = scenario.answer_per_node(&method, [("10.5.0.2", answer), ("10.5.0.3", unknown), ("*", gone)]);
    }
    resources().into_iter().fold(scenario, |scenario, (namespace, kind, id, mut spec)| {
        let (kind, message) = kind.split_once(' ').unwrap();
        spec["@type"] = json!(format!("type.googleapis.com/{message}"));
        scenario.resource(namespace, &format!("{kind}.talos.dev"), id, "", Some(spec))
    })
}

/// Namespace, type and message, id, content.
fn resources() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let address = |bytes: &[u8]| json!({"ip": talos_pki::base64::encode(bytes)});
    let prefix = |bytes: &[u8], bits: i32| json!({"ip": talos_pki::base64::encode(bytes), "prefix_length": bits});
    let ready = |status: &str| json!({"pod_status": {"conditions": [{"type": "Ready", "status": status}]}});
    let pod = "StaticPodStatuses.kubernetes talos.resource.definitions.k8s.StaticPodStatusSpec";
    vec![
        (
            "hardware",
            "SystemInformations.hardware talos.resource.definitions.hardware.SystemInformationSpec",
            "systeminformation",
            json!({"uuid": "4c4c4544-0039-3010-8044-b4c04f4d3132"}),
        ),
        (
            "k8s",
            "KubeletSpecs.kubernetes talos.resource.definitions.k8s.KubeletSpecSpec",
            "kubelet",
            json!({"image": "ghcr.io/siderolabs/kubelet:v1.28.3"}),
        ),
        ("k8s", pod, "kube-system/kube-controller-manager-cp-1", ready("True")),
        (
            "network",
            "NetworkStatuses.net talos.resource.definitions.network.StatusSpec",
            "status",
            json!({"connectivity_ready": true}),
        ),
        (
            "network",
            "ResolverStatuses.net talos.resource.definitions.network.ResolverStatusSpec",
            "resolvers",
            json!({"dns_servers": [address(&[1, 1, 1, 1]), address(&[8, 8, 8, 8])]}),
        ),
        (
            "network",
            "TimeServerStatuses.net talos.resource.definitions.network.TimeServerStatusSpec",
            "timeservers",
            json!({"ntp_servers": []}),
        ),
        (
            "network",
            "RouteStatuses.net talos.resource.definitions.network.RouteStatusSpec",
            "default",
            json!({"gateway": address(&[10, 5, 0, 1])}),
        ),
        (
            "network",
            "NodeAddresses.net talos.resource.definitions.network.NodeAddressSpec",
            "routed",
            json!({"addresses": [prefix(&[10, 5, 0, 2], 24), prefix(&[192, 168, 100, 200], 16)]}),
        ),
    ]
}

/// A place to look for what a source finds.
struct Watched {
    model: Model,
    source: Source,
}

impl Watched {
    fn start(client: &Client, names: &[&str], interval: Duration) -> Self {
        let clients = names.iter().map(|name| client.node(name));
        Self { model: Model::new(names.iter().copied()), source: Source::start(clients, interval) }
    }

    /// Takes news until the model looks as wanted.
    async fn until(&mut self, what: &str, wanted: impl Fn(&Model) -> bool) {
        let news = async {
            while !wanted(&self.model) {
                let (node, update) = self.source.next().await.unwrap();
                self.model.apply(node, update, Instant::now());
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(60), news).await.is_ok(), "waited for {what}");
    }
}

/// What a screen shows, line by line, without blanks at their ends.
fn drawn(model: &Model, view: &mut View, (width, height): (u16, u16), now: Moment) -> Vec<String> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    talos_cli::dashboard::draw(buffer.area, &mut buffer, model, view, now);
    let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..height).map(|y| line(y).trim_end().to_owned()).collect()
}
