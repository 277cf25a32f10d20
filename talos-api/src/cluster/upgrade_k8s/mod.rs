//! Brings a cluster to another version of Kubernetes.
//!
//! [`upgrade`] looks for what the new version does not have any more, pulls the images, changes the configuration of one
//! node after the other, waits each time until Kubernetes shows the change, and applies the manifests of the new version.
//! It tells a [`Log`] what it does, in the lines of the original. It can be run again after it failed: what is done is
//! found done.
//!
//! Source: `pkg/cluster/kubernetes` (1.5), `siderolabs/go-kubernetes` 0.2.3.

mod detect;
mod error;
mod kubelet;
mod manifests;
mod node_config;
mod path;
mod proxy;
mod pull;
mod removed;
mod retry;
mod static_pods;

pub use self::detect::{DetectError, detect_lowest_version};
pub use self::error::{Error, ManifestError, NodeConfigError, NodeError};
pub use self::path::{MalformedVersion, Path, PathError};
pub use self::removed::{RemovedItem, RemovedItems};
pub use self::retry::RetryError;
use super::Cluster;
use super::texts::quoted_list;
use crate::kubernetes::{self, ListOptions, Node};

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Options {
    /// From which version to which.
    pub path: Path,
    /// Only tell what would be done.
    pub dry_run: bool,
    /// Pull images on all nodes before anything is changed.
    pub pre_pull_images: bool,
    /// Upgrade the kubelets, too.
    pub upgrade_kubelet: bool,
}

/// Takes lines about what is done.
pub trait Log {
    /// Takes one line; it may hold line breaks.
    fn line(&mut self, line: &str);
}

impl<F: FnMut(&str)> Log for F {
    fn line(&mut self, line: &str) {
        self(line);
    }
}

/// Upgrades a cluster. The client of the cluster names a control plane node, which gives the kubeconfig and the
/// manifests; all nodes are reached through its endpoints.
///
/// # Errors
/// [`Error`]; what was done before stays.
pub async fn upgrade(cluster: &Cluster, options: &Options, log: &mut impl Log) -> Result<(), Error> {
    if !options.path.is_supported() {
        return Err(Error::UnsupportedPath(options.path.clone()));
    }
    let kubernetes = cluster.kubernetes().await.map_err(Error::NoKubernetes)?;
    let control_plane = addresses(kubernetes, true).await.map_err(Error::ControlPlane)?;
    if control_plane.is_empty() {
        return Err(Error::NoControlPlane);
    }
    log.line(&format!("discovered controlplane nodes {}", quoted_list(&control_plane)));
    let mut workers = Vec::new();
    if options.upgrade_kubelet {
        workers = addresses(kubernetes, false).await.map_err(Error::Workers)?;
        log.line(&format!("discovered worker nodes {}", quoted_list(&workers)));
    }
    let mut upgrade = Upgrade { cluster, kubernetes, options, control_plane, workers, log };
    upgrade.look_for_removed_items().await?;
    if options.pre_pull_images {
        upgrade.pull_images().await?;
    }
    upgrade.static_pods().await?;
    upgrade.kube_proxy().await?;
    upgrade.kubelets().await?;
    upgrade.manifests().await.map_err(Error::Manifests)
}

/// One upgrade.
struct Upgrade<'a, L> {
    cluster: &'a Cluster,
    kubernetes: &'a kubernetes::Client,
    options: &'a Options,
    /// Addresses of control plane nodes.
    control_plane: Vec<String>,
    /// Addresses of the others; none when they are left alone.
    workers: Vec<String>,
    log: &'a mut L,
}

impl<L: Log> Upgrade<'_, L> {
    fn log(&mut self, line: impl AsRef<str>) {
        self.log.line(line.as_ref());
    }

    /// The tag of an image of the new version, `REPOSITORY:v1.28.3`.
    fn image(&self, repository: &str) -> String {
        format!("{repository}:v{}", self.options.path.to_version())
    }

    /// All nodes, those of the control plane first.
    fn all_nodes(&self) -> Vec<String> {
        self.control_plane.iter().chain(&self.workers).cloned().collect()
    }
}

/// The address of each node of the control plane, or of each other node: the internal one, else the external one.
async fn addresses(client: &kubernetes::Client, of_control_plane: bool) -> Result<Vec<String>, kubernetes::Error> {
    let nodes: Vec<Node> = client.all(&ListOptions::default()).await?;
    let wanted = nodes.iter().filter(|node| node.is_control_plane() == of_control_plane);
    let address = |node: &Node| {
        let of_kind = |wanted| node.addresses().find(|(kind, _)| *kind == wanted);
        of_kind("InternalIP").or_else(|| of_kind("ExternalIP")).map(|(_, address)| address.to_owned())
    };
    Ok(wanted.filter_map(address).collect())
}

/// The tag of an image without the `v` it may begin with; `None` when it has no tag.
fn tag(image: &str) -> Option<&str> {
    // A colon before the last slash belongs to a port.
    let name = image.rsplit_once('/').map_or(image, |(_, name)| name);
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    name.split_once(':').map(|(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found() {
        assert_eq!(tag("registry.k8s.io/kube-proxy:v1.27.4"), Some("v1.27.4"));
        assert_eq!(tag("localhost:5000/kube-proxy"), None);
        assert_eq!(tag("localhost:5000/kube-proxy:v1@sha256:ab"), Some("v1"));
        assert_eq!(tag(""), None);
    }
}
