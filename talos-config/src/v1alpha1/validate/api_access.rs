//! Access to the machine API from Kubernetes, if it is on.

use talos_pki::Role;

use super::at::At;
use crate::machine_type::MachineType;
use crate::v1alpha1::MachineConfig;
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

pub(super) fn check(machine: &MachineConfig, machine_type: MachineType, out: &mut Findings) {
    let Some(features) = &machine.features else { return };
    let access = features.kubernetes_talos_api_access.as_ref();
    let Some(access) = access.filter(|access| access.enabled == Some(true)) else { return };
    let at = At::root("machine.features");
    if features.rbac != Some(true) {
        out.error(
            at.key("rbac").path(),
            "feature API RBAC should be enabled when Kubernetes Talos API Access feature is enabled",
        );
    }
    let at = at.key("kubernetesTalosAPIAccess");
    if !machine_type.is_control_plane() {
        out.error(at.path(), "feature Kubernetes Talos API Access can only be enabled on control plane machines");
    }
    let at = at.key("allowedRoles");
    for (position, role) in access.allowed_roles.iter().flatten().enumerate() {
        if !Role::from(role.as_str()).is_known() {
            let message = format!("invalid role {} in allowed roles for Kubernetes Talos API Access", go_quote(role));
            out.error(at.index(position).path(), message);
        }
    }
}
