//! Rules of the kubelet.

use super::at::At;
use crate::predicate::address::{is_subnet_or_address, without_negation};
use crate::v1alpha1::MachineConfig;
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

/// Keys of the kubelet's own configuration that the system sets.
const PROTECTED: [&str; 13] = [
    "apiVersion",
    "authentication",
    "authorization",
    "cgroupRoot",
    "kind",
    "kubeletCgroups",
    "port",
    "protectKernelDefaults",
    "resolvConf",
    "rotateCertificates",
    "systemCgroups",
    "staticPodPath",
    "seccompDefault",
];

pub(super) fn check(machine: &MachineConfig, out: &mut Findings) {
    let Some(kubelet) = &machine.kubelet else { return };
    let at = At::root("machine.kubelet");
    let subnets = kubelet.node_ip.iter().flat_map(|node_ip| node_ip.valid_subnets.iter().flatten());
    let at_subnets = at.key("nodeIP.validSubnets");
    for (position, subnet) in subnets.enumerate() {
        let subnet = without_negation(subnet);
        if !is_subnet_or_address(subnet) {
            let message = format!("kubelet nodeIP subnet is not valid: {}", go_quote(subnet));
            out.error(at_subnets.index(position).path(), message);
        }
    }
    let Some(config) = kubelet.extra_config.as_ref().filter(|config| !config.entries().is_empty()) else { return };
    let at = at.key("extraConfig");
    for key in PROTECTED {
        if config.get(key).is_some() {
            out.error(at.key(key).path(), format!("kubelet configuration field \"{key}\" can't be overridden"));
        }
    }
}
