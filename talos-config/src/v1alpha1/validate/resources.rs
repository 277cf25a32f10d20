//! Requests and limits of the control plane's pods.

use super::at::At;
use crate::v1alpha1::{ClusterConfig, ResourcesConfig};
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

pub(super) fn check(cluster: &ClusterConfig, out: &mut Findings) {
    let at = At::root("cluster");
    if let Some(pod) = &cluster.api_server {
        check_pod(pod.resources.as_deref(), "apiserver", at.key("apiServer.resources"), out);
    }
    if let Some(pod) = &cluster.controller_manager {
        check_pod(pod.resources.as_deref(), "controller-manager", at.key("controllerManager.resources"), out);
    }
    if let Some(pod) = &cluster.scheduler {
        check_pod(pod.resources.as_deref(), "scheduler", at.key("scheduler.resources"), out);
    }
}

/// Only the first offending key of a pod is reported.
fn check_pod(resources: Option<&ResourcesConfig>, pod: &str, at: At<'_>, out: &mut Findings) {
    let Some(resources) = resources else { return };
    for (key, amounts) in [("requests", &resources.requests), ("limits", &resources.limits)] {
        let names = amounts.iter().flat_map(|amounts| amounts.entries()).filter_map(|(name, _)| name.as_str());
        if let Some(name) = names.into_iter().find(|name| !matches!(*name, "cpu" | "memory")) {
            let message = format!("{pod} resource validation failed: unsupported pod resource {}", go_quote(name));
            out.error(at.key(key).entry(name).path(), message);
            return;
        }
    }
}
