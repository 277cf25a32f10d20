//! Addresses of VLANs. Their routes, virtual addresses and numbers are not checked.

use talos_config_yaml::collections::List;

use super::at::At;
use crate::predicate::address::check_address_or_cidr;
use crate::v1alpha1::Vlan;
use crate::validate::Findings;

pub(super) fn check(vlans: &List<Vlan>, interface: &str, at: At<'_>, out: &mut Findings) {
    for (position, vlan) in vlans.entries().iter().enumerate() {
        let (Some(vlan), at) = (vlan, at.index(position)) else { continue };
        let mut report = |at: At<'_>, word: &str, reason: &dyn std::fmt::Display| {
            out.error(at.path(), format!("[networking.os.device.vlan{word}] {interface}.{}: {reason}", vlan.vlan_id));
        };
        let addresses = vlan.addresses.as_deref().unwrap_or_default();
        if !vlan.cidr.is_empty() {
            if !addresses.is_empty() {
                report(at.key("cidr"), "", &"vlan can't have both .cidr and .addresses set");
            }
            if let Err(error) = check_address_or_cidr(&vlan.cidr) {
                report(at.key("cidr"), ".CIDR", &error);
            }
        }
        let at = at.key("addresses");
        for (position, address) in addresses.iter().enumerate() {
            if let Err(error) = check_address_or_cidr(address) {
                report(at.index(position), ".addresses", &error);
            }
        }
    }
}
