//! Bonds and bridges, across all interfaces: no interface belongs to two of them.

use std::collections::BTreeMap;

use super::at::At;
use crate::v1alpha1::Device;
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

/// Which bond, or which bridge, an interface belongs to.
pub(super) type Owners<'a> = BTreeMap<&'a str, &'a str>;

/// Checks the interfaces and gives the owners of those that belong to a bond.
pub(super) fn check<'a>(devices: &'a [Option<Device>], at: At<'_>, out: &mut Findings) -> Owners<'a> {
    let (mut bonded, mut bridged) = (Owners::new(), Owners::new());
    for (position, device) in devices.iter().enumerate() {
        let (Some(device), at) = (device, at.index(position)) else { continue };
        let owner = device.interface.as_str();
        if device.bond.is_some() && device.bridge.is_some() {
            let message = format!(
                "interface has both bridge and bond sections set {}: config sections are mutually exclusive",
                go_quote(owner)
            );
            out.error(at.path(), message);
        }
        if let Some(bond) = &device.bond {
            let ports = bond.interfaces.as_deref().unwrap_or_default();
            add(ports, owner, "bonds", &mut bonded, &bridged, at.key("bond.interfaces"), out);
            if !ports.is_empty() && bond.device_selectors.as_ref().is_some_and(|selectors| !selectors.is_empty()) {
                let message = format!(
                    "interface {} has both interfaces and selectors set: config sections are mutually exclusive",
                    go_quote(owner)
                );
                out.error(at.key("bond").path(), message);
            }
        }
        if let Some(bridge) = &device.bridge {
            let ports = bridge.interfaces.as_deref().unwrap_or_default();
            add(ports, owner, "bridges", &mut bridged, &bonded, at.key("bridge.interfaces"), out);
        }
    }
    bonded
}

/// Adds the ports of one bond or bridge to their kind. The last owner counts from then on.
fn add<'a>(
    ports: &'a [String],
    owner: &'a str,
    kind: &str,
    own: &mut Owners<'a>,
    other: &Owners<'a>,
    at: At<'_>,
    out: &mut Findings,
) {
    for (position, port) in ports.iter().enumerate() {
        let mut report = |first: &str, of: &str| {
            let (port, first, owner) = (go_quote(port), go_quote(first), go_quote(owner));
            let message = format!("interface {port} is declared as part of {of}: {first} and {owner}");
            out.error(at.index(position).path(), message);
        };
        if let Some(first) = own.get(port.as_str()).filter(|first| **first != owner) {
            report(first, &format!("two {kind}"));
        }
        if let Some(first) = other.get(port.as_str()) {
            report(first, "an interface and a bond");
        }
        own.insert(port, owner);
    }
}
