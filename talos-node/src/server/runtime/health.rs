//! `HealthCheck`: is the cluster healthy?
//!
//! The node asks as its caller would: through the front of its own API, with the caller's roles.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use talos_api::client::{self, Client};
use talos_api::cluster::check::{self, CHECKS, Progress};
use talos_api::cluster::{AccessError, AddressError, Cluster, Info, InfoError, NodeInfo, Role};
use talos_api::kubernetes::{self, ListOptions, Node};
use talos_api::proto::cluster::{ClusterInfo, HealthCheckProgress, HealthCheckRequest};
use talos_api::resources::Ip;
use talos_api::server::failure;
use talos_pki::RoleSet;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use tonic::Status;

use crate::apid;
use crate::machine::Machine;
use crate::sys;

/// Why nothing can be checked.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Socket(#[from] sys::Error),
    #[error(transparent)]
    Client(#[from] client::Error),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Members(#[from] InfoError),
    #[error(transparent)]
    Kubernetes(#[from] AccessError),
    #[error(transparent)]
    Nodes(#[from] kubernetes::Error),
    #[error("ParseAddr({0:?}): unable to parse IP")]
    NodeAddress(String),
}

/// How the checks of one call go.
#[derive(Debug)]
pub struct Checks {
    news: mpsc::UnboundedReceiver<Result<HealthCheckProgress, Status>>,
    /// Ends with the call.
    _checking: AbortOnDropHandle<()>,
}

impl Stream for Checks {
    type Item = Result<HealthCheckProgress, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.news.poll_recv(cx)
    }
}

/// Runs the checks, and tells of every change. Ends with the failure of the first check that does not hold in time.
///
/// # Panics
/// Outside of a runtime.
pub fn health_check(machine: Arc<Machine>, caller: RoleSet, request: HealthCheckRequest) -> Checks {
    // A check has news every few seconds at most.
    let (tell, news) = mpsc::unbounded_channel();
    let checking = tokio::spawn(async move {
        if let Err(status) = run(&machine, &caller, &request, &tell).await {
            // Whoever asked may be gone.
            let _ = tell.send(Err(status));
        }
    });
    Checks { news, _checking: AbortOnDropHandle::new(checking) }
}

type News = mpsc::UnboundedSender<Result<HealthCheckProgress, Status>>;

async fn run(machine: &Machine, caller: &RoleSet, request: &HealthCheckRequest, tell: &News) -> Result<(), Status> {
    let say = |message| {
        // Whoever asked may be gone; then this ends, too.
        let _ = tell.send(Ok(HealthCheckProgress { metadata: None, message }));
    };
    let timeout = request.wait_timeout.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or_default();
    let begun = tokio::time::Instant::now();
    let known = ClusterInfo::default();
    let wanted = request.cluster_info.as_ref().unwrap_or(&known);
    let failed = |error: Error| failure::unknown(&error);
    // The folder of the socket stays open as long as somebody may dial.
    let (_folder, path) = apid::SOCKET.open(machine).map_err(|error| failed(error.into()))?;
    let client = Client::builder().socket(path).roles(caller).build().map_err(|error| failed(error.into()))?;
    let cluster = Cluster::new(client).kubernetes_at(&wanted.force_endpoint);
    let info = match named(wanted).map_err(failed)? {
        Some(info) => info,
        None => {
            let found = tokio::time::timeout(timeout, discover(machine, &cluster)).await;
            found.map_err(|_| out_of_time())?.map_err(failed)?
        }
    };
    let addresses: Vec<String> = info.nodes().map(|node| format!("{:?}", node.internal_ip.to_string())).collect();
    say(format!("discovered nodes: [{}]", addresses.join(" ")));
    let mut last = String::new();
    let show = |progress: &Progress<'_>| {
        let line = progress.to_string();
        if line != last {
            say(line.trim().to_owned());
            last = line;
        }
    };
    let left = timeout.saturating_sub(begun.elapsed());
    check::wait(&cluster, &info, CHECKS, left, show).await.map_err(|_| out_of_time())
}

fn out_of_time() -> Status {
    Status::deadline_exceeded("context deadline exceeded")
}

/// The nodes that the request names, if it does.
fn named(wanted: &ClusterInfo) -> Result<Option<Info>, Error> {
    let control_plane = wanted.control_plane_nodes.iter().map(|node| (Role::ControlPlane, node));
    let workers = wanted.worker_nodes.iter().map(|node| (Role::Worker, node));
    let nodes: Vec<(Role, NodeInfo)> = control_plane
        .chain(workers)
        .map(|(role, node)| Ok((role, NodeInfo::at(node)?)))
        .collect::<Result<_, AddressError>>()?;
    Ok(Some(nodes).filter(|nodes| !nodes.is_empty()).map(Info::new))
}

/// The members of the cluster; if there are none, the nodes of Kubernetes.
async fn discover(machine: &Machine, cluster: &Cluster) -> Result<Info, Error> {
    match Info::discover(cluster.client()).await {
        Ok(info) if info.nodes().next().is_some() => return Ok(info),
        Ok(_) => {}
        Err(InfoError::Call(error)) => {
            machine.console.line(&format!("discovery service returned error: {error}"));
        }
        Err(error) => return Err(error.into()),
    }
    let nodes = cluster.kubernetes().await?.all::<Node>(&ListOptions::default()).await?;
    let nodes: Vec<(Role, NodeInfo)> = nodes.iter().map(of_kubernetes).collect::<Result<_, _>>()?;
    Ok(Info::new(nodes))
}

fn of_kubernetes(node: &Node) -> Result<(Role, NodeInfo), Error> {
    let role = if node.is_control_plane() { Role::ControlPlane } else { Role::Worker };
    let mut ips = Vec::new();
    let mut internal = None;
    for (kind, address) in node.addresses() {
        if kind == "InternalIP" || kind == "ExternalIP" {
            let ip: Ip = address.parse().map_err(|_| Error::NodeAddress(address.to_owned()))?;
            if kind == "InternalIP" {
                internal = Some(ip.clone());
            }
            ips.push(ip);
        }
    }
    let internal_ip = internal.ok_or_else(|| Error::NodeAddress(String::new()))?;
    Ok((role, NodeInfo { internal_ip, ips }))
}
