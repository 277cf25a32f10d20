use talos_api::resources::cluster::Members;
use talos_api::resources::k8s::{EndpointSpec, Endpoints};

use super::is_control_plane;
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Collects the addresses of the members that hold the control plane.
#[derive(Debug)]
pub struct EndpointController;

controller! {
    EndpointController = "cluster.EndpointController" {
        inputs: [Input::weak::<Members>()],
        outputs: [Output::shared::<Endpoints>()],
    }
}

impl Plan for EndpointController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let members = inputs.list::<Members>();
        let members = members.iter().filter(|member| is_control_plane(member.machine_type));
        let mut addresses: Vec<_> = members.flat_map(|member| member.addresses.iter().cloned()).collect();
        addresses.sort();
        outputs.put::<Endpoints>("discovery", EndpointSpec { addresses });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::cluster::MemberSpec;
    use talos_api::resources::config::MachineType;

    use super::*;
    use crate::controllers::testing::{put, store, wanted};

    #[test]
    fn workers_are_no_endpoints() {
        let store = store();
        assert_eq!(wanted(&store, &EndpointController), ["controlplane/discovery: addresses: []"]);
        let members = [
            ("a", "10.0.0.9", MachineType::CONTROL_PLANE),
            ("b", "10.0.0.1", MachineType::WORKER),
            ("c", "10.0.0.2", MachineType::INIT),
        ];
        for (id, address, machine_type) in members {
            let addresses = vec![address.parse().unwrap()];
            put::<Members>(&store, "cluster", id, MemberSpec { addresses, machine_type, ..MemberSpec::default() });
        }
        let expected = "controlplane/discovery: addresses:;     - 10.0.0.2;     - 10.0.0.9";
        assert_eq!(wanted(&store, &EndpointController), [expected]);
    }
}
