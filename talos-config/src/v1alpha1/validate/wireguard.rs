//! WireGuard keys and peers.

use super::at::At;
use crate::predicate::address::is_cidr;
use crate::predicate::host_port::is_host_port;
use crate::predicate::wireguard_key;
use crate::v1alpha1::DeviceWireguardConfig;
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

pub(super) fn check(wireguard: &DeviceWireguardConfig, at: At<'_>, out: &mut Findings) {
    if let Err(error) = wireguard_key::check(&wireguard.private_key) {
        out.error(at.key("privateKey").path(), format!("private key is invalid: {error}"));
    }
    let Some(peers) = &wireguard.peers else { return };
    let at = at.key("peers");
    for (position, peer) in peers.entries().iter().enumerate() {
        let (Some(peer), at) = (peer, at.index(position)) else { continue };
        if let Err(error) = wireguard_key::check(&peer.public_key) {
            out.error(at.key("publicKey").path(), format!("public key invalid: {error}"));
        }
        if !peer.endpoint.is_empty() && !is_host_port(&peer.endpoint) {
            out.error(at.key("endpoint").path(), format!("peer endpoint {} is invalid", go_quote(&peer.endpoint)));
        }
        let at = at.key("allowedIPs");
        for (position, network) in peer.allowed_ips.iter().flatten().enumerate() {
            if !is_cidr(network) {
                let quoted = go_quote(network);
                let message = format!("peer allowed IP {quoted} is invalid: invalid CIDR address: {network}");
                out.error(at.index(position).path(), message);
            }
        }
    }
}
