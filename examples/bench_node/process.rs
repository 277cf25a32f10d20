//! A node as a process: from its start to its first answers, and what it weighs.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};
use talos_api::client::Client;
use talos_api::proto::machine::ApplyConfigurationRequest;
use talos_api::resources::runtime::MachineStatuses;
use talos_config::bundle::Patches;
use talos_config::generate::Options;
use talos_config::{constants, talosconfig::Talosconfig};
use talos_node::local::Network;
use talos_node::local::plan::{Contents, Layout};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::system::{SystemClock, SystemRandom};
use crate::{calls, client, median, memory, milliseconds};

/// How often a node is started.
const STARTS: usize = 7;

/// How long something may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

const PORT: u16 = 50000;

/// A process that ends with its value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) async fn measure(program: &Path, folder: &Path, duration: Duration) -> anyhow::Result<Value> {
    let (mut maintenance, mut configured, mut idle) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for number in 0..STARTS {
        drop(last.take());
        let (network, _held) = Network::free_loopback(&mut SystemRandom)?;
        let layout = Layout { name: "bench".into(), network, control_planes: 1, workers: 0, init_node: false };
        let (options, patches) = (Options::default(), Patches::default());
        let contents = Contents {
            options: &options,
            kubernetes_version: constants::KUBERNETES_VERSION,
            control_plane_port: constants::CONTROL_PLANE_PORT,
            patches: &patches,
        };
        let (bundle, talosconfig) = layout.generate(&contents, &SystemClock, &mut SystemRandom)?;
        let nodes = layout.nodes(Some(&bundle))?;
        let node = nodes.first().context("a layout has nodes")?;
        let (address, config) = (node.address, node.config.clone().context("it has a configuration")?);
        let start = Instant::now();
        let process = start_process(program, &folder.join(format!("process-{number}")), address)?;
        let answers = timeout(PATIENCE, in_maintenance(address)).await;
        let node = answers.context("the node does not answer in maintenance mode")??;
        maintenance.push(milliseconds(start));
        sleep(Duration::from_millis(500)).await;
        idle.push(memory(process.0.id())?.0);
        let request = ApplyConfigurationRequest { data: config.into(), ..ApplyConfigurationRequest::default() };
        let start = Instant::now();
        node.apply_configuration(request).await?;
        let answers = timeout(PATIENCE, answering(&talosconfig, address.into())).await;
        let node = answers.context("the node does not answer with its configuration")??;
        configured.push(milliseconds(start));
        last = Some((process, node));
    }
    let (process, node) = last.context("a node was started")?;
    sleep(Duration::from_secs(1)).await;
    let before = memory(process.0.id())?.0;
    let calls = calls::measure(&node, duration).await?;
    let (after, peak) = memory(process.0.id())?;
    Ok(json!({
        "exec_to_maintenance_ms": median(maintenance),
        "apply_to_version_ms": median(configured),
        "memory_in_maintenance": median(idle),
        "memory_configured": before,
        "memory_after_calls": after,
        "memory_peak": peak,
        "calls": calls,
    }))
}

fn start_process(program: &Path, folder: &Path, address: Ipv4Addr) -> anyhow::Result<Process> {
    #[expect(clippy::disallowed_methods, reason = "what is measured is a process of its own")]
    let mut command = Command::new(program);
    command.arg("--state").arg(folder).args(["--hostname", "bench", "--address", &address.to_string()]);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::null());
    Ok(Process(command.spawn().with_context(|| program.display().to_string())?))
}

/// Waits for the first answer of a node without a configuration.
async fn in_maintenance(address: Ipv4Addr) -> anyhow::Result<Client> {
    loop {
        // A client that finds nobody would wait for a while before it tries again.
        if TcpStream::connect((address, PORT)).await.is_err() {
            sleep(Duration::from_millis(1)).await;
            continue;
        }
        let client = Client::builder().endpoints([address.to_string()]).maintenance([]).build()?;
        if client.resources::<MachineStatuses>().get("machine").await.is_ok() {
            return Ok(client);
        }
    }
}

/// Waits for the first answer of a node with a configuration.
async fn answering(talosconfig: &Talosconfig, address: IpAddr) -> anyhow::Result<Client> {
    loop {
        if TcpStream::connect((address, PORT)).await.is_ok() {
            let client = client(talosconfig, &address.to_string())?;
            if client.with_timeout(Duration::from_millis(200)).version().await.is_ok() {
                return Ok(client);
            }
        }
        sleep(Duration::from_millis(1)).await;
    }
}
