//! Rules of KubeSpan, if it is on.

use super::at::At;
use crate::predicate::address::{is_subnet_or_address, without_negation};
use crate::v1alpha1::{ClusterConfig, MachineConfig, NetworkConfig, NetworkKubeSpan};
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

/// Smallest packet size that IPv6 allows, in bytes.
const SMALLEST_MTU: u32 = 1280;

/// Packets of the tunnel have a smallest size.
pub(super) fn check_mtu(network: &NetworkConfig, out: &mut Findings) {
    let Some(kubespan) = enabled(network) else { return };
    // Zero stands for the default, as absence does.
    if kubespan.mtu.is_some_and(|mtu| mtu != 0 && mtu < SMALLEST_MTU) {
        let message = format!("kubespan link MTU must be at least {SMALLEST_MTU}");
        out.error(At::root("machine.network.kubespan.mtu").path(), message);
    }
}

/// Members find each other through discovery.
pub(super) fn check_requirements(machine: &MachineConfig, cluster: Option<&ClusterConfig>, out: &mut Findings) {
    let Some(kubespan) = machine.network.as_deref().and_then(enabled) else { return };
    let at = At::root("cluster");
    let discovery = cluster.and_then(|cluster| cluster.discovery.as_ref());
    let missing = [
        ("discovery", "enabled", discovery.and_then(|discovery| discovery.enabled) != Some(true)),
        ("id", "set", cluster.is_none_or(|cluster| cluster.id.is_empty())),
        ("secret", "set", cluster.is_none_or(|cluster| cluster.secret.is_empty())),
    ];
    for (key, state, is_missing) in missing {
        if is_missing {
            let message = format!(".cluster.{key} should be {state} when .machine.network.kubespan is enabled");
            out.error(at.key(key).path(), message);
        }
    }
    let at = At::root("machine.network.kubespan.filters.endpoints");
    let endpoints = kubespan.filters.iter().flat_map(|filters| filters.endpoints.iter().flatten());
    for (position, network) in endpoints.enumerate() {
        let network = without_negation(network);
        if !is_subnet_or_address(network) {
            // Misspelt in the reference.
            let message = format!("KubeSpan endpoint filer is not valid: {}", go_quote(network));
            out.error(at.index(position).path(), message);
        }
    }
}

fn enabled(network: &NetworkConfig) -> Option<&NetworkKubeSpan> {
    network.kubespan.as_deref().filter(|kubespan| kubespan.enabled == Some(true))
}
