//! Rules of each interface.

use talos_config_yaml::section;

use super::at::At;
use super::links::{self, Owners};
use super::{bond, route, vlan, wireguard};
use crate::predicate::address::{check_address_or_cidr, is_address};
use crate::v1alpha1::{Device, NetworkConfig};
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

/// First bonds and bridges across the interfaces, then each interface that is not ignored.
pub(super) fn check_all(network: &NetworkConfig, out: &mut Findings) {
    let Some(devices) = &network.interfaces else { return };
    let at = At::root("machine.network.interfaces");
    let bonded = links::check(devices.entries(), at, out);
    for (position, device) in devices.entries().iter().enumerate() {
        if let Some(device) = device.as_ref().filter(|device| device.ignore != Some(true)) {
            check(device, &bonded, at.index(position), out);
        }
    }
}

fn check(device: &Device, bonded: &Owners<'_>, at: At<'_>, out: &mut Findings) {
    check_identity(device, at, out);
    if let Some(bond) = &device.bond {
        bond::check(bond, at.key("bond"), out);
    }
    if let Some(wireguard) = &device.wireguard {
        wireguard::check(wireguard, at.key("wireguard"), out);
    }
    if let Some(vlans) = &device.vlans {
        vlan::check(vlans, &device.interface, at.key("vlans"), out);
    }
    check_addressing(device, bonded, at, out);
    if let Some(routes) = &device.routes {
        route::check(routes, at.key("routes"), out);
    }
}

/// An interface is named or selected.
fn check_identity(device: &Device, at: At<'_>, out: &mut Findings) {
    const EITHER: &str = "[networking.os.device.interface], [networking.os.device.deviceSelector]";
    match (device.interface.is_empty(), &device.device_selector) {
        (true, None) => out.error(at.path(), format!("{EITHER}: required either config section to be set")),
        (false, Some(_)) => out.error(at.path(), format!("{EITHER}: config sections are mutually exclusive")),
        _ => {}
    }
    if device.device_selector.as_deref().is_some_and(|selector| section::unset(selector)) {
        out.error(
            at.key("deviceSelector").path(),
            "[networking.os.device.deviceSelector]: config section should contain at least one field",
        );
    }
}

fn check_addressing(device: &Device, bonded: &Owners<'_>, at: At<'_>, out: &mut Findings) {
    let addresses = device.addresses.as_deref().unwrap_or_default();
    let has_cidr = !device.cidr.is_empty();
    let name = || go_quote(&device.interface);
    if bonded.contains_key(device.interface.as_str())
        && (device.dhcp == Some(true) || has_cidr || !addresses.is_empty() || device.vip.is_some())
    {
        let message = "bonded interface shouldn't have any addressing methods configured";
        out.error(at.path(), format!("[networking.os.device] {}: {message}", name()));
    }
    if has_cidr {
        if !addresses.is_empty() {
            let message = "interface can't have both .cidr and .addresses set";
            out.error(at.key("cidr").path(), format!("[networking.os.device] {}: {message}", name()));
        }
        if let Err(error) = check_address_or_cidr(&device.cidr) {
            out.error(at.key("cidr").path(), format!("[networking.os.device.CIDR] {}: {error}", name()));
        }
        out.warning(
            at.key("cidr").path(),
            format!(
                "{}: machine.network.interface.cidr is deprecated, please use machine.network.interface.addresses",
                name()
            ),
        );
    }
    for (position, address) in addresses.iter().enumerate() {
        if let Err(error) = check_address_or_cidr(address) {
            let message = format!("[networking.os.device.addresses] {}: {error}", name());
            out.error(at.key("addresses").index(position).path(), message);
        }
    }
    if let Some(vip) = device.vip.as_ref().filter(|vip| !is_address(&vip.ip)) {
        let message = format!("[networking.os.device.vip] failed to parse {} as IP address", go_quote(&vip.ip));
        out.error(at.key("vip.ip").path(), message);
    }
}
