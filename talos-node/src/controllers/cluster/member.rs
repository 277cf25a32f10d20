use talos_api::resources::cluster::{Affiliates, MemberSpec, Members};

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Tells who the members of the cluster are: those found that have a name in Kubernetes.
#[derive(Debug)]
pub struct MemberController;

controller! {
    MemberController = "cluster.MemberController" {
        inputs: [Input::weak::<Affiliates>()],
        outputs: [Output::exclusive::<Members>()],
    }
}

impl Plan for MemberController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        for affiliate in inputs.list::<Affiliates>().iter().filter(|affiliate| !affiliate.nodename.is_empty()) {
            let spec = MemberSpec {
                node_id: affiliate.node_id.clone(),
                addresses: affiliate.addresses.clone(),
                hostname: affiliate.hostname.clone(),
                machine_type: affiliate.machine_type,
                operating_system: affiliate.operating_system.clone(),
                control_plane: affiliate.control_plane.clone(),
            };
            outputs.put::<Members>(affiliate.nodename.clone(), spec);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::cluster::AffiliateSpec;

    use super::*;
    use crate::controllers::testing::{put, store, wanted};

    #[test]
    fn only_what_has_a_name_is_a_member() {
        let store = store();
        let named = AffiliateSpec { node_id: "x".into(), nodename: "n".into(), ..AffiliateSpec::default() };
        put::<Affiliates>(&store, "cluster", "x", named);
        put::<Affiliates>(&store, "cluster", "y", AffiliateSpec { node_id: "y".into(), ..AffiliateSpec::default() });
        let expected =
            "cluster/n: nodeId: x; addresses: []; hostname: \"\"; machineType: unknown; operatingSystem: \"\"";
        assert_eq!(wanted(&store, &MemberController), [expected]);
    }
}
