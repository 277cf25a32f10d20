use talos_api::resources::Ip;
use talos_api::resources::cluster::{AffiliateSpec, Affiliates, ControlPlane, DiscoveryConfigs, Identities};
use talos_api::resources::config::{MachineType, MachineTypes};
use talos_api::resources::k8s::{ApiServerConfigs, Nodenames};
use talos_api::resources::kubespan::{KubeSpanConfigs, KubeSpanIdentities};
use talos_api::resources::network::{AddressStatuses, HostnameStatuses, NodeAddresses};
use talos_config::constants::TALOS_VERSION;

use super::{DISCOVERY, LOCAL};
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::fqdn;

/// Collects what the node tells the others about itself, if members shall find each other.
///
/// What it would tell about a mesh is not among it: nothing here makes one.
#[derive(Debug)]
pub struct LocalAffiliateController;

controller! {
    LocalAffiliateController = "cluster.LocalAffiliateController" {
        inputs: [
            Input::weak::<DiscoveryConfigs>().only(DISCOVERY),
            Input::weak::<Identities>().only(LOCAL),
            Input::weak::<HostnameStatuses>().only("hostname"),
            Input::weak::<Nodenames>().only("nodename"),
            Input::weak::<NodeAddresses>(),
            Input::weak::<KubeSpanIdentities>().only("local"),
            Input::weak::<KubeSpanConfigs>().only("kubespan"),
            Input::weak::<MachineTypes>().only("machine-type"),
            Input::weak::<AddressStatuses>().within("cluster"),
            Input::weak::<ApiServerConfigs>().only("kube-apiserver"),
        ],
        outputs: [Output::shared::<Affiliates>()],
    }
}

impl Plan for LocalAffiliateController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        if !inputs.get::<DiscoveryConfigs>(DISCOVERY).is_some_and(|config| config.discovery_enabled) {
            return Ok(());
        }
        let (Some(identity), Some(hostname), Some(nodename), Some(addresses), Some(machine_type)) = (
            inputs.get::<Identities>(LOCAL),
            inputs.get::<HostnameStatuses>("hostname"),
            inputs.get::<Nodenames>("nodename"),
            inputs.get::<NodeAddresses>("routed-no-k8s"),
            inputs.get::<MachineTypes>("machine-type"),
        ) else {
            return Ok(());
        };
        let machine_type = machine_type.machine_type;
        let api_server = inputs.get::<ApiServerConfigs>("kube-apiserver").filter(|_| is_control_plane(machine_type));
        let spec = AffiliateSpec {
            node_id: identity.node_id.clone(),
            addresses: addresses.addresses.iter().filter_map(|prefix| prefix.address()).map(Ip::from).collect(),
            hostname: fqdn(&hostname),
            nodename: nodename.nodename.clone(),
            operating_system: format!("Talos ({TALOS_VERSION})"),
            machine_type,
            control_plane: api_server.map(|config| ControlPlane { api_server_port: config.local_port }),
            ..AffiliateSpec::default()
        };
        outputs.put::<Affiliates>(identity.node_id.clone(), spec);
        Ok(())
    }
}

/// Whether machines of a type hold the control plane.
pub(in crate::controllers) fn is_control_plane(machine_type: MachineType) -> bool {
    [MachineType::INIT, MachineType::CONTROL_PLANE].contains(&machine_type)
}

#[cfg(test)]
mod tests {
    use talos_api::resources::cluster::{ConfigSpec, IdentitySpec};
    use talos_api::resources::config::MachineTypeSpec;
    use talos_api::resources::k8s::{ApiServerConfigSpec, NodenameSpec};
    use talos_api::resources::network::{HostnameStatusSpec, NodeAddressSpec};

    use super::*;
    use crate::controllers::testing::{put, store, wanted};

    fn told(machine_type: MachineType, discovery_enabled: bool) -> Vec<String> {
        let store = store();
        let config = ConfigSpec { discovery_enabled, ..ConfigSpec::default() };
        put::<DiscoveryConfigs>(&store, "config", DISCOVERY, config);
        put::<Identities>(&store, "cluster", LOCAL, IdentitySpec { node_id: "me".into() });
        let hostname = HostnameStatusSpec { hostname: "a".into(), domainname: "b".into() };
        put::<HostnameStatuses>(&store, "network", "hostname", hostname);
        let nodename = NodenameSpec { nodename: "a".into(), ..NodenameSpec::default() };
        put::<Nodenames>(&store, "k8s", "nodename", nodename);
        let addresses = NodeAddressSpec { addresses: vec!["10.5.0.2/24".parse().unwrap()] };
        put::<NodeAddresses>(&store, "network", "routed-no-k8s", addresses);
        let api_server = ApiServerConfigSpec { local_port: 6443, ..ApiServerConfigSpec::default() };
        put::<ApiServerConfigs>(&store, "controlplane", "kube-apiserver", api_server);
        assert_eq!(wanted(&store, &LocalAffiliateController), [""; 0], "its type is not known yet");
        put::<MachineTypes>(&store, "config", "machine-type", MachineTypeSpec { machine_type });
        wanted(&store, &LocalAffiliateController)
    }

    #[test]
    fn a_node_tells_who_and_where_it_is() {
        let told_by = |kind: &str, more: &str| {
            vec![format!(
                "cluster/me: nodeId: me; addresses:;     - 10.5.0.2; hostname: a.b; nodename: a; operatingSystem: Talos \
                 (v1.5.5); machineType: {kind}{more}"
            )]
        };
        let port = "; controlPlane:;     port: 6443";
        assert_eq!(told(MachineType::CONTROL_PLANE, true), told_by("controlplane", port));
        assert_eq!(told(MachineType::WORKER, true), told_by("worker", ""));
        assert_eq!(told(MachineType::WORKER, false), [""; 0]);
    }
}
