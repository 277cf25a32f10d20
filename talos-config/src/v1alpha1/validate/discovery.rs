//! Rules of the discovery service, if discovery and the service are on.

use super::at::At;
use crate::v1alpha1::ClusterConfig;
use crate::validate::Findings;
use crate::value::url::Url;

pub(super) fn check(cluster: &ClusterConfig, out: &mut Findings) {
    let Some(discovery) = cluster.discovery.as_ref().filter(|discovery| discovery.enabled == Some(true)) else {
        return;
    };
    let service = &discovery.registries.service;
    if service.disabled == Some(true) {
        return;
    }
    let at = At::root("cluster");
    // The service that is used when none is named is known to be fine.
    if !service.endpoint.is_empty() {
        let at = at.key("discovery.registries.service.endpoint");
        match Url::parse_request(&service.endpoint) {
            Err(error) => {
                out.error(at.path(), format!("cluster discovery service registry endpoint is invalid: {error}"));
            }
            Ok(url) if !matches!(&*url.path(), "" | "/") => {
                out.error(at.path(), "cluster discovery service path should be empty");
            }
            Ok(_) => {}
        }
    }
    if cluster.id.is_empty() {
        out.error(at.key("id").path(), "cluster discovery service requires .cluster.id");
    }
    if cluster.secret.is_empty() {
        out.error(at.key("secret").path(), "cluster discovery service requires .cluster.secret");
    }
}
