use std::collections::BTreeMap;

use talos_api::resources::cluster::{AffiliateSpec, Affiliates};
use talos_api::resources::config::MachineType;

use super::RAW_NAMESPACE;
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Makes one of what several registries found about the same node.
#[derive(Debug)]
pub struct AffiliateMergeController;

controller! {
    AffiliateMergeController = "cluster.AffiliateMergeController" {
        inputs: [Input::weak::<Affiliates>().within(RAW_NAMESPACE)],
        outputs: [Output::shared::<Affiliates>()],
    }
}

impl Plan for AffiliateMergeController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let mut merged: BTreeMap<String, AffiliateSpec> = BTreeMap::new();
        for found in inputs.list_in::<Affiliates>(RAW_NAMESPACE) {
            match merged.get_mut(&found.node_id) {
                Some(known) => merge(known, &found),
                None => drop(merged.insert(found.node_id.clone(), (*found).clone())),
            }
        }
        for (id, spec) in merged {
            outputs.put::<Affiliates>(id, spec);
        }
        Ok(())
    }
}

/// Adds what is not known yet; later texts and numbers replace earlier ones, unless they are empty. The operating system
/// stays that of the first.
fn merge(known: &mut AffiliateSpec, other: &AffiliateSpec) {
    add(&mut known.addresses, &other.addresses);
    if other.control_plane.is_some() {
        known.control_plane.clone_from(&other.control_plane);
    }
    if !other.hostname.is_empty() {
        known.hostname.clone_from(&other.hostname);
    }
    if !other.nodename.is_empty() {
        known.nodename.clone_from(&other.nodename);
    }
    if other.machine_type != MachineType::UNKNOWN {
        known.machine_type = other.machine_type;
    }
    let (known, other) = (&mut known.kube_span, &other.kube_span);
    if !other.public_key.is_empty() {
        known.public_key.clone_from(&other.public_key);
    }
    if other.address.address().is_some() {
        known.address = other.address.clone();
    }
    add(&mut known.additional_addresses, &other.additional_addresses);
    add(&mut known.endpoints, &other.endpoints);
}

fn add<T: Clone + PartialEq>(known: &mut Vec<T>, others: &[T]) {
    for other in others {
        if !known.contains(other) {
            known.push(other.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::cluster::ControlPlane;

    use super::*;
    use crate::controllers::testing::{put, store, wanted};

    fn found(node_id: &str, addresses: &[&str], hostname: &str, machine_type: MachineType) -> AffiliateSpec {
        AffiliateSpec {
            node_id: node_id.into(),
            addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
            hostname: hostname.into(),
            machine_type,
            operating_system: hostname.into(),
            ..AffiliateSpec::default()
        }
    }

    #[test]
    fn what_is_found_twice_becomes_one() {
        let store = store();
        let by_kubernetes = found("x", &["10.0.0.1", "10.0.0.2"], "first", MachineType::WORKER);
        put::<Affiliates>(&store, RAW_NAMESPACE, "k8s/x", by_kubernetes);
        let by_service = AffiliateSpec {
            nodename: "name".into(),
            control_plane: Some(ControlPlane { api_server_port: 6443 }),
            ..found("x", &["10.0.0.2", "10.0.0.3"], "", MachineType::UNKNOWN)
        };
        put::<Affiliates>(&store, RAW_NAMESPACE, "service/x", by_service);
        put::<Affiliates>(&store, RAW_NAMESPACE, "service/z", found("z", &[], "b", MachineType::WORKER));
        let expected = [
            "cluster/x: nodeId: x; addresses:;     - 10.0.0.1;     - 10.0.0.2;     - 10.0.0.3; hostname: first; \
             nodename: name; operatingSystem: first; machineType: worker; controlPlane:;     port: 6443",
            "cluster/z: nodeId: z; addresses: []; hostname: b; operatingSystem: b; machineType: worker",
        ];
        assert_eq!(wanted(&store, &AffiliateMergeController), expected);
    }
}
