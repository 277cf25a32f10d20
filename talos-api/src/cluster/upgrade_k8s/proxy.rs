//! kube-proxy, which is a manifest made from the configuration of the control plane.

use talos_config::constants;

use super::{Error, Log, Upgrade, node_config};
use crate::grpc::status::quoted;

impl<L: Log> Upgrade<'_, L> {
    /// Sets the image in the configuration of all control plane nodes.
    pub(super) async fn kube_proxy(&mut self) -> Result<(), Error> {
        self.log(format!("updating kube-proxy to version {}", quoted(self.options.path.to_version())));
        for node in self.control_plane.clone() {
            self.log(format!(" > {}: starting update", quoted(&node)));
            let (image, dry_run) = (self.image(constants::KUBE_PROXY_IMAGE), self.options.dry_run);
            // The original sends the configuration in a dry run, too, without its comments: here nothing is sent.
            let set = |config: &mut talos_config::v1alpha1::Config| {
                config.cluster.get_or_insert_default().proxy.get_or_insert_default().image = image;
                !dry_run
            };
            let changed = node_config::change(&self.cluster.client().node(&node), set).await;
            let changed = changed.map_err(|source| Error::KubeProxy { node, source })?;
            if !changed {
                self.log(" > skipped in dry-run");
            }
        }
        Ok(())
    }
}
