//! Why an upgrade failed.

use talos_config::load;

use super::{Path, RemovedItems, RetryError};
use crate::client;
use crate::cluster::AccessError;
use crate::cluster::texts::chain;
use crate::grpc::status::quoted;
use crate::kubernetes;
use crate::resources::DecodeError;

/// Why an upgrade failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The step is too large, or goes to versions that are not known.
    #[error("unsupported upgrade path {} (from {} to {})", .0, quoted(.0.from_version()), quoted(.0.to_version()))]
    UnsupportedPath(Path),
    /// There is no way into the Kubernetes API.
    #[error("error building kubernetes client: {0}")]
    NoKubernetes(AccessError),
    /// The nodes of the control plane cannot be listed.
    #[error("error fetching controlplane nodes: {0}")]
    ControlPlane(kubernetes::Error),
    /// There are none.
    #[error("no controlplane nodes discovered")]
    NoControlPlane,
    /// The other nodes cannot be listed.
    #[error("error fetching worker nodes: {0}")]
    Workers(kubernetes::Error),
    /// It is not known what nodes run.
    #[error("{}", chain(.0))]
    Inspecting(client::Error),
    /// It is not known what objects there are.
    #[error(transparent)]
    Objects(kubernetes::Error),
    /// The cluster uses what the new version does not have.
    #[error(transparent)]
    Removed(RemovedItems),
    /// An image cannot be pulled.
    #[error("failed pre-pulling images: error pre-pulling {image} on {node}: {}", chain(.source))]
    Pulling {
        /// The image.
        image: String,
        /// The node.
        node: String,
        /// Why not.
        source: client::Error,
    },
    /// A component of the control plane was not upgraded.
    #[error("failed updating service {}: error updating node {}: {source}", quoted(.service), quoted(.node))]
    StaticPod {
        /// The component.
        service: &'static str,
        /// The node.
        node: String,
        /// Why not.
        source: NodeError,
    },
    /// kube-proxy was not upgraded.
    #[error("failed updating kube-proxy: error updating node {}: {source}", quoted(.node))]
    KubeProxy {
        /// The node.
        node: String,
        /// Why not.
        source: NodeConfigError,
    },
    /// A kubelet was not upgraded.
    #[error("failed upgrading kubelet: error updating node {}: {source}", quoted(.node))]
    Kubelet {
        /// The node.
        node: String,
        /// Why not.
        source: NodeError,
    },
    /// Manifests were not applied.
    #[error(transparent)]
    Manifests(ManifestError),
}

/// Why a node was not upgraded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// What the node is configured to run cannot be followed.
    #[error("error watching {what}: {}", chain(.source))]
    Watch {
        /// What is followed.
        what: &'static str,
        /// Why not.
        source: client::Error,
    },
    /// The node stopped telling about changes.
    #[error("error watching {0}: the node ended the watch")]
    WatchEnded(&'static str),
    /// Something else happened than should.
    #[error("unexpected event type: {0}")]
    UnexpectedEvent(&'static str),
    /// A resource cannot be decoded.
    #[error("error inspecting {what}: {source}")]
    Decode {
        /// Which.
        what: &'static str,
        /// Why not.
        source: DecodeError,
    },
    /// The kubelet was sick before.
    #[error("kubelet is not healthy")]
    KubeletNotHealthy,
    /// What the kubelet runs with is not known.
    #[error("error fetching kubelet spec: {}", chain(.0))]
    KubeletSpec(client::Error),
    /// The configuration was not changed.
    #[error("error patching node config: {0}")]
    Config(#[from] NodeConfigError),
    /// Kubernetes does not show the change.
    #[error(transparent)]
    Retry(#[from] RetryError),
}

/// Why the configuration of a node was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeConfigError {
    /// The node did not give it.
    #[error("error fetching config resource: {}", chain(.0))]
    Fetch(client::Error),
    /// What the node gave cannot be read.
    #[error("error fetching config resource: {0}")]
    Load(Box<load::Error>),
    /// It lacks the main document.
    #[error("config is not v1alpha1 config")]
    NotV1Alpha1,
    /// The node would forget the change.
    #[error("config persistence is disabled, patching is not supported")]
    NotPersisted,
    /// The node did not take it.
    #[error("error applying config: {}", chain(.0))]
    Apply(client::Error),
}

/// Why manifests were not applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The node did not give them.
    #[error("{}", chain(.0))]
    List(client::Error),
    /// An object was not applied, or did not come to what it should be.
    #[error(transparent)]
    Retry(#[from] RetryError),
}
