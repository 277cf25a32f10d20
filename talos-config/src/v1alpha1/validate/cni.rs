//! Rules of the pod network. They hold on control plane machines only.

use super::at::At;
use crate::predicate::endpoint;
use crate::v1alpha1::ClusterConfig;
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

/// A cluster without a section has flannel.
pub(super) fn check(cluster: Option<&ClusterConfig>, out: &mut Findings) {
    let network = cluster.and_then(|cluster| cluster.network.as_ref());
    let Some(cni) = network.and_then(|network| network.cni.as_ref()) else { return };
    let at = At::root("cluster.network.cni");
    let at_urls = at.key("urls");
    let urls = cni.urls.as_deref().unwrap_or_default();
    match cni.name.as_str() {
        "flannel" | "none" => {
            if !urls.is_empty() {
                let message = format!("\"urls\" field should be empty for {} CNI", go_quote(&cni.name));
                out.error(at_urls.path(), message);
            }
        }
        "custom" => {
            if urls.is_empty() {
                out.warning(at_urls.path(), "\"urls\" field should not be empty for \"custom\" CNI");
            }
            for (position, url) in urls.iter().enumerate() {
                if let Err(error) = endpoint::check(url) {
                    out.error(at_urls.index(position).path(), error.to_string());
                }
            }
        }
        _ => out.error(at.key("name").path(), "cni name should be one of [\"flannel\", \"custom\", \"none\"]"),
    }
}
