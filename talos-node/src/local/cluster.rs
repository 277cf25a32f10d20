//! A cluster inside of this process.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use talos_api::client::{self, Client, Context};
use talos_config::bundle::Patches;
use talos_config::constants;
use talos_config::generate::Options;
use talos_config::talosconfig::Talosconfig;
use talos_pki::{Clock, Random};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::network::{self, API_PORT, DISCOVERY_PORT, Network};
use super::plan::{self, Contents, Layout, PlannedNode};
use super::readiness::{self, Goal, NotReady, Target};
use crate::app::{Node, StartError};
use crate::discovery::Server;
use crate::machine::{Machine, Settings, SharedClock, SharedRandom};
use crate::platform::Container;
use crate::sys::Process;

/// What a cluster shall be. The defaults are one control plane machine and no worker, on loopback addresses that nobody has.
#[derive(Clone, Debug)]
pub struct Builder {
    /// Name of the cluster.
    pub name: String,
    /// How many machines run the control plane.
    pub control_planes: usize,
    /// How many do not.
    pub workers: usize,
    /// Where the machines are; `None` looks for loopback addresses that are free.
    pub network: Option<Network>,
    /// Version of Kubernetes in the configurations, without a leading `v`.
    pub kubernetes_version: String,
    /// All else that configurations can differ in; the release of Talos among it.
    pub options: Options,
    /// Changes to the configurations.
    pub patches: Patches,
    /// How long [`start`](Self::start) may take.
    pub timeout: Duration,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            name: "talos-default".to_owned(),
            control_planes: 1,
            workers: 0,
            network: None,
            kubernetes_version: constants::KUBERNETES_VERSION.to_owned(),
            options: Options { cluster_discovery: Some(true), ..Options::default() },
            patches: Patches::default(),
            timeout: Duration::from_secs(30),
        }
    }
}

/// Why a cluster could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no plan for it.
    #[error(transparent)]
    Plan(#[from] plan::Error),
    /// There is no network for it.
    #[error(transparent)]
    Network(#[from] network::Error),
    /// Its folder cannot be made.
    #[error("{}", .path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no port for its discovery service.
    #[error("listen on port {DISCOVERY_PORT} of network {network}")]
    Listen {
        /// The network.
        network: Network,
        /// Why.
        source: io::Error,
    },
    /// A node cannot be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Credentials cannot be used.
    #[error(transparent)]
    Client(#[from] client::Error),
    /// It takes too long.
    #[error(transparent)]
    NotReady(#[from] NotReady),
}

/// A cluster that runs. When it is dropped, its nodes stop by and by; [`stop`](Self::stop) waits until nothing is left.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<LocalNode>,
    network: Network,
    talosconfig: Talosconfig,
    client: Client,
    finds_members: bool,
    discovery: Discovery,
    /// Dropped last.
    folder: Folder,
}

/// The service through which nodes find each other. Its port keeps the network from others who look for one.
#[derive(Debug)]
struct Discovery {
    stop: CancellationToken,
    service: JoinHandle<()>,
}

impl Discovery {
    fn start(listener: TcpListener) -> Self {
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        let service = tokio::spawn(async move { Server::new().serve(listener, stopping).await });
        Self { stop, service }
    }

    async fn stop(mut self) {
        self.stop.cancel();
        // It ends by itself.
        let _ = (&mut self.service).await;
    }
}

impl Drop for Discovery {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A node of a cluster.
#[derive(Debug)]
pub struct LocalNode {
    planned: PlannedNode,
    node: Node,
    lines: Arc<Mutex<Vec<String>>>,
}

/// A folder that goes with its owner.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // One that is gone already is as good.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Builder {
    /// Starts the cluster inside of the running tokio runtime, and waits until all its nodes answer
    /// their API and know each other.
    ///
    /// What lasts goes below `folder`, into a folder that is made here and removed with the cluster.
    ///
    /// # Errors
    /// When addresses are taken, configurations cannot be made, or it takes too long. Nothing of it is left then.
    pub async fn start(
        self,
        folder: &Path,
        clock: impl Clock + Send + Sync + 'static,
        random: impl Random + Send + 'static,
    ) -> Result<Cluster, Error> {
        let clock: SharedClock = Arc::new(clock);
        let mut random = SharedRandom::new(random);
        let deadline = Instant::now() + self.timeout;
        let (network, held) = match self.network {
            Some(network) => (network, std::net::TcpListener::bind((network.gateway()?, DISCOVERY_PORT))),
            None => Network::free_loopback(&mut random).map(|(network, held)| (network, Ok(held)))?,
        };
        let listener = held.and_then(|held| {
            held.set_nonblocking(true)?;
            TcpListener::from_std(held)
        });
        let discovery = Discovery::start(listener.map_err(|source| Error::Listen { network, source })?);
        let layout = Layout {
            name: self.name,
            network,
            control_planes: self.control_planes,
            workers: self.workers,
            init_node: false,
        };
        let mut patches = self.patches;
        patches.all.insert(0, layout.discovery_patch()?);
        let contents = Contents {
            options: &self.options,
            kubernetes_version: &self.kubernetes_version,
            control_plane_port: constants::CONTROL_PLANE_PORT,
            patches: &patches,
        };
        let (bundle, talosconfig) = layout.generate(&contents, &clock, &mut random)?;
        let path = folder.join(format!("{}-{}", layout.name, network.to_string().replace('/', "-")));
        fs::create_dir_all(&path).map_err(|source| Error::Folder { path: path.clone(), source })?;
        let folder = Folder(path);
        let context = talosconfig.contexts.get(&layout.name).map(Context::from).unwrap_or_default();
        let client = Client::builder().context(&context).build()?;
        let finds_members = self.options.cluster_discovery != Some(false);
        let mut cluster = Cluster { nodes: Vec::new(), network, talosconfig, client, finds_members, discovery, folder };
        for planned in layout.nodes(Some(&bundle))? {
            let node = LocalNode::start(planned, &cluster.folder.0, clock.clone(), random.clone())?;
            cluster.nodes.push(node);
        }
        match cluster.ready(&context, deadline).await {
            Ok(()) => Ok(cluster),
            Err(error) => {
                cluster.stop().await;
                Err(error)
            }
        }
    }
}

impl Cluster {
    /// What can be said about a cluster before it is started.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts a cluster that is as [`Builder`] has it by default.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub async fn start(
        folder: &Path,
        clock: impl Clock + Send + Sync + 'static,
        random: impl Random + Send + 'static,
    ) -> Result<Self, Error> {
        Self::builder().start(folder, clock, random).await
    }

    async fn ready(&self, context: &Context, deadline: Instant) -> Result<(), Error> {
        let targets: Vec<Target> = self.nodes.iter().map(|node| Target::from(&node.planned)).collect();
        // Nobody is known where nobody looks for others.
        let goal = if self.finds_members { Goal::Members(targets.len()) } else { Goal::Api };
        readiness::wait(&targets, context, goal, deadline, |_| {}).await?;
        Ok(())
    }

    /// Its nodes, those with the control plane first.
    pub fn nodes(&self) -> &[LocalNode] {
        &self.nodes
    }

    /// Where it is.
    pub fn network(&self) -> Network {
        self.network
    }

    /// Credentials of its administrator.
    pub fn talosconfig(&self) -> &Talosconfig {
        &self.talosconfig
    }

    /// A client with these credentials, which dials the nodes with the control plane.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Stops it, and waits until nothing of it is at work or on disk.
    pub async fn stop(self) {
        let mut stopping = JoinSet::new();
        for LocalNode { node, .. } in self.nodes {
            stopping.spawn(node.stop());
        }
        while stopping.join_next().await.is_some() {}
        self.discovery.stop().await;
    }
}

impl LocalNode {
    fn start(
        planned: PlannedNode,
        folder: &Path,
        clock: SharedClock,
        random: SharedRandom,
    ) -> Result<Self, StartError> {
        let settings = Settings {
            address: planned.address.into(),
            port: API_PORT,
            state: folder.join(&planned.name),
            platform: Arc::new(Container::configured(&planned.name, planned.config.as_deref().map(str::as_bytes))),
            command_line: String::new(),
        };
        let lines = Arc::new(Mutex::new(Vec::new()));
        let console = {
            let lines = lines.clone();
            move |line: &str| lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned())
        };
        let node = Node::start(Machine::new(Process::new("/"), clock, random, console, settings))?;
        Ok(Self { planned, node, lines })
    }

    /// Name, type, address and first configuration.
    pub fn planned(&self) -> &PlannedNode {
        &self.planned
    }

    /// The node itself.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// What its console said so far.
    pub fn console(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl From<&PlannedNode> for Target {
    fn from(node: &PlannedNode) -> Self {
        Self { name: node.name.clone(), machine_type: node.machine_type, address: node.address }
    }
}
