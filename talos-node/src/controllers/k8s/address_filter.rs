use talos_api::resources::IpPrefix;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::network::{NodeAddressFilterSpec, NodeAddressFilters};
use talos_config::constants::{POD_SUBNET_IPV4, SERVICE_SUBNET_IPV4};
use talos_config::v1alpha1::ClusterConfig;

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine_config::MachineConfig;

/// Tells addresses of the cluster's own networks from all others: pods and services have theirs from Kubernetes.
#[derive(Debug)]
pub struct AddressFilterController;

controller! {
    AddressFilterController = "k8s.AddressFilterController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::exclusive::<NodeAddressFilters>()],
    }
}

/// A network that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error parsing {kind}")]
struct NetworkError {
    kind: &'static str,
    source: talos_api::resources::ParseError,
}

impl Plan for AddressFilterController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let Some(cluster) = config.as_ref().and_then(|config| config.container().config()?.cluster.as_ref()) else {
            return Ok(());
        };
        let networks = networks(cluster)?;
        let without = NodeAddressFilterSpec { exclude_subnets: networks.clone(), ..Default::default() };
        outputs.put::<NodeAddressFilters>("no-k8s", without);
        let only = NodeAddressFilterSpec { include_subnets: networks, ..Default::default() };
        outputs.put::<NodeAddressFilters>("only-k8s", only);
        Ok(())
    }
}

/// The networks of pods, then those of services.
fn networks(cluster: &ClusterConfig) -> Result<Vec<IpPrefix>, NetworkError> {
    let network = cluster.network.as_deref();
    let pods = network.and_then(|network| network.pod_subnets.as_deref()).unwrap_or_default();
    let services = network.and_then(|network| network.service_subnets.as_deref()).unwrap_or_default();
    let mut networks = Vec::new();
    for (stated, default, kind) in [(pods, POD_SUBNET_IPV4, "podCIDR"), (services, SERVICE_SUBNET_IPV4, "serviceCIDR")]
    {
        let default = [default.to_owned()];
        for text in if stated.is_empty() { &default } else { stated } {
            networks.push(text.parse().map_err(|source| NetworkError { kind, source })?);
        }
    }
    Ok(networks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{put_content, store, wanted};

    #[test]
    fn the_networks_of_the_cluster_are_left_out_or_taken_alone() {
        let cases = [
            ("clusterName: a", "10.244.0.0/16", "10.96.0.0/12"),
            (
                "network:\n        podSubnets: [10.1.0.0/16]\n        serviceSubnets: [10.2.0.0/16]",
                "10.1.0.0/16",
                "10.2.0.0/16",
            ),
        ];
        for (text, pods, services) in cases {
            let store = store();
            assert_eq!(wanted(&store, &AddressFilterController), [""; 0]);
            let config = talos_config::load(format!("cluster:\n    {text}\n")).unwrap();
            put_content(&store, MachineConfig::reference(MachineConfig::ACTIVE), MachineConfig::from(config));
            let list = format!(";     - {pods};     - {services}");
            let expected = [
                format!("network/no-k8s: includeSubnets: []; excludeSubnets:{list}"),
                format!("network/only-k8s: includeSubnets:{list}; excludeSubnets: []"),
            ];
            assert_eq!(wanted(&store, &AddressFilterController), expected);
        }
    }
}
