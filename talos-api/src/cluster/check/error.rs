//! Why a check does not hold.

use crate::client;
use crate::cluster::texts::{bytes, chain, list, quoted_list};
use crate::cluster::{AccessError, AddressError, Mismatch, Several};
use crate::grpc::status::quoted;
use crate::kubernetes;

/// Why a check does not hold, in the words of the original.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A call to nodes failed.
    #[error("{}", chain(.0))]
    Call(#[from] client::Error),
    /// A call to nodes failed.
    #[error("error getting {what}: {}", chain(.source))]
    Getting {
        /// What was asked for.
        what: &'static str,
        /// Why there is no answer.
        source: client::Error,
    },
    /// Resources of a node cannot be listed.
    #[error("error listing {what}: {}", chain(.source))]
    Listing {
        /// Which, and of which node.
        what: String,
        /// Why not.
        source: client::Error,
    },
    /// Events cannot be followed.
    #[error("error fetching events: {}", chain(.0))]
    NoEventsToFollow(client::Error),
    /// Following events broke off.
    #[error("failed to watch events: {}", chain(.0))]
    Events(client::Error),
    /// There is no way into the Kubernetes API.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A call to the Kubernetes API failed.
    #[error(transparent)]
    Kubernetes(#[from] kubernetes::Error),
    /// The pods of a component cannot be listed.
    #[error("error listing pods for app {app}: {source}")]
    ListingPods {
        /// The component.
        app: &'static str,
        /// Why not.
        source: kubernetes::Error,
    },
    /// Several things are wrong.
    #[error(transparent)]
    Several(#[from] Several<Error>),
    /// The time of the try was over.
    #[error("context deadline exceeded")]
    OutOfTime,

    /// Not all nodes run a service.
    #[error("expected a response with {expected} node(s), got {found}")]
    Responses {
        /// Number of nodes.
        expected: usize,
        /// Number of those that have the service.
        found: usize,
    },
    /// A service did nothing yet.
    #[error("{node}: no events recorded yet for service {}", quoted(.service))]
    NoEvents {
        /// The node.
        node: String,
        /// The service.
        service: &'static str,
    },
    /// A service does not run.
    #[error("{node}: service {} not in expected state \"Running\": current state [{state}] {message}", quoted(.service))]
    NotRunning {
        /// The node.
        node: String,
        /// The service.
        service: &'static str,
        /// Its state.
        state: String,
        /// What it says about it.
        message: String,
    },
    /// A service runs but is not healthy.
    #[error("{node}: service is not healthy: {service}")]
    NotHealthy {
        /// The node.
        node: String,
        /// The service.
        service: &'static str,
    },

    /// A call to nodes had no answer at all.
    #[error("no messages returned")]
    NoMessages,
    /// A member of etcd knows more or fewer members than another.
    #[error("{node}: expected to have {} members, got {}", list(.expected), list(.found))]
    MemberCount {
        /// The node.
        node: String,
        /// Names that the first node knows.
        expected: Vec<String>,
        /// Names that this node knows.
        found: Vec<String>,
    },
    /// A member of etcd knows a member that others do not.
    #[error("{node}: found unexpected etcd member {member}")]
    UnexpectedMember {
        /// The node.
        node: String,
        /// The member.
        member: String,
    },
    /// Members of etcd run elsewhere than on the control plane.
    #[error("etcd member ips {} are not subset of control plane node ips {}", quoted_list(.members), quoted_list(.nodes))]
    ForeignMembers {
        /// Addresses of members.
        members: Vec<String>,
        /// Addresses of the control plane.
        nodes: Vec<String>,
    },

    /// A node answers that was not asked.
    #[error("unexpected node {} in response", quoted(.0))]
    UnexpectedNode(String),
    /// A node has too little memory.
    #[error(
        "node {} does not meet memory requirements: expected at least {} MiB, actual {} MiB",
        quoted(.node), .least >> 20, .found >> 20
    )]
    Memory {
        /// The node.
        node: String,
        /// Bytes it should have.
        least: u64,
        /// Bytes it has.
        found: u64,
    },
    /// No node told of its mounts.
    #[error("no nodes with mounts found")]
    NoMounts,
    /// A node has no mounts.
    #[error("no mounts found for node {}", quoted(.0))]
    NoMountsOf(String),
    /// A node did not tell of its mounts.
    #[error("node {} not found in mounts", quoted(.0))]
    NotInMounts(String),
    /// A node has no partition for its data.
    #[error("no ephemeral partition found for node '{0}'")]
    NoPartition(String),
    /// The partition for data is not mounted.
    #[error("ephemeral partition {} not found for node {}", quoted(.partition), quoted(.node))]
    NotMounted {
        /// The partition.
        partition: String,
        /// The node.
        node: String,
    },
    /// The partition for data is too small.
    #[error(
        "ephemeral partition {} for node {} is too small, expected at least {}, actual {}",
        quoted(.partition), quoted(.node), bytes(*.least), bytes(*.found)
    )]
    Disk {
        /// The partition.
        partition: String,
        /// The node.
        node: String,
        /// Bytes the disk should have.
        least: u64,
        /// Bytes it has.
        found: u64,
    },
    /// Nodes are still booting.
    #[error("nodes {} are still in boot sequence", quoted_list(.0))]
    Booting(Vec<String>),
    /// A control plane node does not run all it should.
    #[error("missing static pods on node {node}: {}", list(.pods))]
    MissingStaticPods {
        /// The node.
        node: String,
        /// What it does not run.
        pods: Vec<&'static str>,
    },

    /// Kubernetes has other nodes than expected.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// A node of Kubernetes has an address that is none.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Nodes of Kubernetes are not ready.
    #[error("some nodes are not ready: {}", list(.0))]
    NodesNotReady(Vec<String>),
    /// Nodes of Kubernetes take no new pods.
    #[error("some nodes are not schedulable: {}", list(.0))]
    NodesNotSchedulable(Vec<String>),
    /// A component of clusters of old is not complete.
    #[error("expected {what} for {name} to be {expected}, got {found}")]
    DaemonSet {
        /// What is counted.
        what: &'static str,
        /// The component.
        name: String,
        /// How many there should be.
        expected: i64,
        /// How many there are.
        found: i64,
    },
    /// A component has another number of pods than there are control plane nodes.
    #[error("expected number of pods for {app} to be {expected}, got {found}")]
    PodCount {
        /// The component.
        app: &'static str,
        /// Number of nodes.
        expected: usize,
        /// Number of pods.
        found: usize,
    },
    /// Pods of a component are not ready.
    #[error("some pods are not ready for {app}: {}", list(.pods))]
    AppNotReady {
        /// The component.
        app: &'static str,
        /// Names of pods.
        pods: Vec<String>,
    },
    /// There are no such pods.
    #[error("no pods found for namespace \"kube-system\" and label selector {}", quoted(.0))]
    NoPods(&'static str),
    /// None of the pods is ready.
    #[error("no ready pods found for namespace \"kube-system\" and label selector {}", quoted(.0))]
    NoReadyPods(&'static str),
    /// Pods are not ready.
    #[error("some pods are not ready: {}", list(.0))]
    PodsNotReady(Vec<String>),
}
