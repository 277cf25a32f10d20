//! What a machine is in its cluster.

use super::at::At;
use crate::machine_type::MachineType;
use crate::v1alpha1::MachineConfig;
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

/// The type that the document names; unknown for names that mean nothing.
pub(super) fn of(machine: &MachineConfig) -> MachineType {
    machine.r#type.parse().unwrap_or_default()
}

/// Old names of a type still work.
pub(super) fn check_spelling(machine: &MachineConfig, out: &mut Findings) {
    let (given, known) = (machine.r#type.as_str(), of(machine));
    if known != MachineType::Unknown && known.as_str() != given {
        let message = format!("use \"{known}\" instead of {} for machine type", go_quote(given));
        out.warning(At::root("machine.type").path(), message);
    }
}

/// Only control plane machines share addresses.
pub(super) fn check_worker(machine: &MachineConfig, out: &mut Findings) {
    const SHARED: &str = "virtual (shared) IP is not allowed on non-controlplane nodes";
    let Some(devices) = machine.network.as_ref().and_then(|network| network.interfaces.as_ref()) else { return };
    let at = At::root("machine.network.interfaces");
    for (position, device) in devices.entries().iter().enumerate() {
        let (Some(device), at) = (device, at.index(position)) else { continue };
        if device.vip.is_some() {
            out.error(at.key("vip").path(), SHARED);
        }
        let at = at.key("vlans");
        for (position, vlan) in device.vlans.iter().flat_map(|vlans| vlans.entries()).enumerate() {
            if vlan.as_ref().is_some_and(|vlan| vlan.vip.is_some()) {
                out.error(at.index(position).key("vip").path(), SHARED);
            }
        }
    }
}

/// The name means nothing.
pub(super) fn report_unknown(machine: &MachineConfig, out: &mut Findings) {
    out.error(At::root("machine.type").path(), format!("unknown machine type {}", go_quote(&machine.r#type)));
}
