use talos_api::resources::network::AddressSpecs;

use super::layers::{CONFIG_NAMESPACE, merge_by_id};
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Chooses among the addresses of several sources: of each, the one on the highest layer.
#[derive(Debug)]
pub struct AddressMergeController;

controller! {
    AddressMergeController = "network.AddressMergeController" {
        inputs: [Input::weak::<AddressSpecs>().within(CONFIG_NAMESPACE), Input::destroy_ready::<AddressSpecs>()],
        outputs: [Output::shared::<AddressSpecs>()],
    }
}

impl Plan for AddressMergeController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        merge_by_id::<AddressSpecs>(inputs, outputs);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::network::{AddressSpecSpec, ConfigLayer};

    use super::*;
    use crate::controllers::testing::{outputs, put, store};

    #[test]
    fn the_highest_layer_wins_and_then_the_last() {
        let store = store();
        for (id, address, link, layer, announce) in [
            ("cmdline/a", "10.0.0.1/8", "eth0", ConfigLayer::CMDLINE, false),
            ("configuration/a", "10.0.0.1/8", "eth0", ConfigLayer::MACHINE_CONFIGURATION, false),
            ("configuration/b", "10.0.0.1/8", "eth0", ConfigLayer::MACHINE_CONFIGURATION, true),
            ("default/a", "127.0.0.1/8", "lo", ConfigLayer::DEFAULT, false),
            ("operator/a", "10.0.0.1/8", "eth0", ConfigLayer::OPERATOR, false),
        ] {
            let spec = AddressSpecSpec {
                address: address.parse().unwrap(),
                link_name: link.into(),
                announce_with_arp: announce,
                config_layer: layer,
                ..AddressSpecSpec::default()
            };
            put::<AddressSpecs>(&store, CONFIG_NAMESPACE, id, spec);
        }
        let outputs = outputs(&store, &AddressMergeController);
        let shown: Vec<_> = outputs
            .wanted()
            .map(|(reference, content)| {
                let spec = (content as &dyn std::any::Any).downcast_ref::<AddressSpecSpec>().unwrap();
                (reference.id.as_str(), spec.config_layer, spec.announce_with_arp)
            })
            .collect();
        let expected = [
            ("eth0/10.0.0.1/8", ConfigLayer::MACHINE_CONFIGURATION, true),
            ("lo/127.0.0.1/8", ConfigLayer::DEFAULT, false),
        ];
        assert_eq!(shown, expected);
    }
}
