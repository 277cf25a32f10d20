use talos_api::resources::network::HostnameSpecs;

use super::layers::{self, CONFIG_NAMESPACE};
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Chooses among the names of several sources: the highest layer wins, and on equal layers the first by id.
#[derive(Debug)]
pub struct HostnameMergeController;

controller! {
    HostnameMergeController = "network.HostnameMergeController" {
        inputs: [Input::weak::<HostnameSpecs>().within(CONFIG_NAMESPACE), Input::destroy_ready::<HostnameSpecs>()],
        outputs: [Output::shared::<HostnameSpecs>()],
    }
}

impl Plan for HostnameMergeController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let specs = layers::all::<HostnameSpecs>(inputs);
        // Of several greatest ones, the last of a reversed list is the first.
        let best = specs.iter().rev().max_by_key(|spec| spec.config_layer);
        if let Some(best) = best {
            outputs.put::<HostnameSpecs>("hostname", (**best).clone());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::network::ConfigLayer;

    use super::super::hostname_config::spec;
    use super::*;
    use crate::controllers::testing::{put, store, wanted};

    #[test]
    fn the_highest_layer_wins_and_then_the_first() {
        let store = store();
        assert_eq!(wanted(&store, &HostnameMergeController), [""; 0]);
        for (id, name, layer) in [
            ("default/hostname", "d", ConfigLayer::DEFAULT),
            ("operator/b", "second", ConfigLayer::OPERATOR),
            ("operator/a", "first", ConfigLayer::OPERATOR),
            ("platform/hostname", "p", ConfigLayer::PLATFORM),
        ] {
            put::<HostnameSpecs>(&store, CONFIG_NAMESPACE, id, spec(name, layer).unwrap());
        }
        let expected = "network/hostname: hostname: first; domainname: \"\"; layer: operator";
        assert_eq!(wanted(&store, &HostnameMergeController), [expected]);
    }
}
