//! The kubelets of all nodes.

use std::time::Duration;

use talos_config::constants;
use talos_config::v1alpha1::Config;

use super::retry::{Failed, Retry};
use super::{Error, Log, NodeError, Upgrade, node_config, tag};
use crate::client::{Event, Watch, WatchOptions};
use crate::grpc::status::quoted;
use crate::kubernetes::{self, ListOptions, Node, Object as _};
use crate::resources::k8s::KubeletSpecs;
use crate::resources::v1alpha1::{ServiceSpec, Services};

/// How long a node may take to report its new version.
const NODE_TIMEOUT: Duration = Duration::from_secs(180);

const KUBELET: &str = "kubelet";

/// What is followed, in messages.
const WATCHED: &str = "service";

impl<L: Log> Upgrade<'_, L> {
    /// Upgrades the kubelet of one node after the other, control plane first.
    pub(super) async fn kubelets(&mut self) -> Result<(), Error> {
        if !self.options.upgrade_kubelet {
            self.log("skipped updating kubelet");
            return Ok(());
        }
        self.log(format!("updating kubelet to version {}", quoted(self.options.path.to_version())));
        for node in self.all_nodes() {
            let outcome = self.kubelet(&node).await;
            outcome.map_err(|source| Error::Kubelet { node, source })?;
        }
        Ok(())
    }

    async fn kubelet(&mut self, node: &str) -> Result<(), NodeError> {
        let named = quoted(node);
        self.log(format!(" > {named}: starting update"));
        let client = self.cluster.client().node(node);
        let watch = |source| NodeError::Watch { what: WATCHED, source };
        let services = client.resources::<Services>();
        let mut changes = services.watch_one(KUBELET, &WatchOptions::default()).await.map_err(watch)?;
        let Event::Created(service) = next(&mut changes).await? else {
            return Err(NodeError::UnexpectedEvent("the node does not run it"));
        };
        if !is_well(&service.spec) {
            return Err(NodeError::KubeletNotHealthy);
        }
        // A configuration may leave the image to the node.
        let spec = client.resources::<KubeletSpecs>().get(KUBELET).await.map_err(NodeError::KubeletSpec)?;
        let old = spec.spec.image;
        let image = self.image(constants::KUBELET_IMAGE);
        let (mut is_due, dry_run) = (false, self.options.dry_run);
        let set = |config: &mut Config| {
            is_due = old != image;
            config.machine.get_or_insert_default().kubelet.get_or_insert_default().image = image;
            is_due && !dry_run
        };
        let outcome = node_config::change(&client, set).await;
        if is_due {
            let from = tag(&old).unwrap_or(self.options.path.from_version()).trim_start_matches('v');
            self.log(format!(" > update {KUBELET}: {from} -> {}", self.options.path.to_version()));
            if dry_run {
                self.log(" > skipped in dry-run");
            }
        }
        let changed = outcome?;
        if dry_run {
            return Ok(());
        }
        self.log(format!(" > {named}: machine configuration patched"));
        if changed {
            self.log(format!(" > {named}: waiting for kubelet restart"));
            while !matches!(next(&mut changes).await?, Event::Destroyed(_)) {}
            loop {
                match next(&mut changes).await? {
                    Event::Created(new) | Event::Updated { new, .. } if is_well(&new.spec) => break,
                    _ => {}
                }
            }
        }
        self.log(format!(" > {named}: waiting for node update"));
        let version = format!("v{}", self.options.path.to_version());
        let mut tries = Retry::within(NODE_TIMEOUT);
        while let Err(failed) = reports(self.kubernetes, node, &version).await {
            tries.after(failed).await?;
        }
        self.log(format!(" < {named}: successfully updated"));
        Ok(())
    }
}

fn is_well(service: &ServiceSpec) -> bool {
    service.running && service.healthy
}

async fn next(changes: &mut Watch<ServiceSpec>) -> Result<Event<ServiceSpec>, NodeError> {
    let change = changes.next().await.ok_or(NodeError::WatchEnded(WATCHED))?;
    change.map_err(|source| NodeError::Watch { what: WATCHED, source })
}

/// Whether the node with an address has a kubelet of a version and is ready.
async fn reports(client: &kubernetes::Client, address: &str, version: &str) -> Result<(), Failed> {
    let nodes: Vec<Node> = client.all(&ListOptions::default()).await.map_err(|error| Failed::call(&error))?;
    let Some(node) = nodes.iter().find(|node| node.addresses().any(|(_, known)| known == address)) else {
        return Err(Failed::ForNow(format!("node {} not found", quoted(address))));
    };
    if node.kubelet_version() != version {
        let (found, version) = (quoted(node.kubelet_version()), quoted(version));
        return Err(Failed::ForNow(format!("node version mismatch: got {found}, expected {version}")));
    }
    if !node.is_ready() {
        return Err(Failed::ForNow("node is not ready".to_owned()));
    }
    Ok(())
}
