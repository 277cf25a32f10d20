//! Rules of the cluster section. Without the section or without an endpoint nothing else is checked.

use std::collections::BTreeSet;

use super::at::At;
use super::{discovery, etcd, resources};
use crate::predicate::dns_name::is_dns_name;
use crate::predicate::endpoint;
use crate::v1alpha1::{ClusterConfig, ClusterInlineManifest, ExternalCloudProviderConfig};
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

pub(super) fn check(cluster: Option<&ClusterConfig>, out: &mut Findings) {
    let at = At::root("cluster");
    let Some(cluster) = cluster else {
        out.error(at.path(), "cluster instructions are required");
        return;
    };
    let Some(url) = cluster.control_plane.as_ref().and_then(|control_plane| control_plane.endpoint.as_ref()) else {
        out.error(at.key("controlPlane.endpoint").path(), "cluster controlplane endpoint is required");
        return;
    };
    if let Err(error) = endpoint::check(&url.to_string()) {
        out.error(at.key("controlPlane.endpoint").path(), format!("invalid controlplane endpoint: {error}"));
    }
    if let Some(network) = &cluster.network
        && !network.dns_domain.is_empty()
        && !is_dns_name(&network.dns_domain)
    {
        let message = format!("{} is not a valid DNS name", go_quote(&network.dns_domain));
        out.error(at.key("network.dnsDomain").path(), message);
    }
    if let Some(provider) = &cluster.external_cloud_provider {
        check_cloud_provider(provider, at.key("externalCloudProvider.manifests"), out);
    }
    if let Some(etcd) = &cluster.etcd {
        etcd::check(etcd, out);
    }
    check_inline_manifests(cluster.inline_manifests.as_deref().unwrap_or_default(), at.key("inlineManifests"), out);
    discovery::check(cluster, out);
    resources::check(cluster, out);
}

fn check_cloud_provider(provider: &ExternalCloudProviderConfig, at: At<'_>, out: &mut Findings) {
    let manifests = provider.manifests.as_deref().unwrap_or_default();
    if provider.enabled != Some(true) {
        if !manifests.is_empty() {
            out.error(at.path(), "external cloud provider is disabled, but manifests are provided");
        }
        return;
    }
    for (position, url) in manifests.iter().enumerate() {
        if let Err(error) = endpoint::check(url) {
            let message = format!("invalid external cloud provider manifest url {}: {error}", go_quote(url));
            out.error(at.index(position).path(), message);
        }
    }
}

fn check_inline_manifests(manifests: &[ClusterInlineManifest], at: At<'_>, out: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (position, ClusterInlineManifest { name, .. }) in manifests.iter().enumerate() {
        let at = at.index(position);
        if name.trim().is_empty() {
            out.error(at.key("name").path(), "inline manifest name can't be empty");
        }
        if !seen.insert(name) {
            out.error(at.key("name").path(), format!("inline manifest name {} is duplicate", go_quote(name)));
        }
    }
}
