use talos_api::resources::network::OperatorSpecs;

use super::layers::{CONFIG_NAMESPACE, merge_by_id};
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Chooses among the operators of several sources: of each, the one on the highest layer.
#[derive(Debug)]
pub struct OperatorMergeController;

controller! {
    OperatorMergeController = "network.OperatorMergeController" {
        inputs: [Input::weak::<OperatorSpecs>().within(CONFIG_NAMESPACE), Input::destroy_ready::<OperatorSpecs>()],
        outputs: [Output::shared::<OperatorSpecs>()],
    }
}

impl Plan for OperatorMergeController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        merge_by_id::<OperatorSpecs>(inputs, outputs);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::network::{ConfigLayer, Dhcp4OperatorSpec, Operator, OperatorSpecSpec};

    use super::*;
    use crate::controllers::testing::{put, store, wanted};

    #[test]
    fn there_is_one_of_a_kind_for_a_link() {
        let store = store();
        for (id, operator, layer) in [
            ("cmdline/dhcp4/eth0", Operator::DHCP4, ConfigLayer::CMDLINE),
            ("configuration/dhcp6/eth0", Operator::DHCP6, ConfigLayer::MACHINE_CONFIGURATION),
            ("default/dhcp4/eth0", Operator::DHCP4, ConfigLayer::DEFAULT),
        ] {
            let dhcp4 = Dhcp4OperatorSpec { route_metric: 7, ..Default::default() };
            let link_name = "eth0".into();
            let spec = OperatorSpecSpec { operator, link_name, dhcp4, config_layer: layer, ..Default::default() };
            put::<OperatorSpecs>(&store, CONFIG_NAMESPACE, id, spec);
        }
        let row = |operator: &str, layer: &str| {
            format!(
                "network/{operator}/eth0: operator: {operator}; linkName: eth0; requireUp: false; dhcp4:;     \
                 routeMetric: 7; layer: {layer}"
            )
        };
        assert_eq!(wanted(&store, &OperatorMergeController), [row("dhcp4", "cmdline"), row("dhcp6", "configuration")]);
    }
}
