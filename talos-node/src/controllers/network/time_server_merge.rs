use talos_api::resources::network::{TimeServerSpecSpec, TimeServerSpecs};

use super::layers::{self, CONFIG_NAMESPACE};
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Chooses among the time servers of several sources: those of the highest layer.
#[derive(Debug)]
pub struct TimeServerMergeController;

controller! {
    TimeServerMergeController = "network.TimeServerMergeController" {
        inputs: [Input::weak::<TimeServerSpecs>().within(CONFIG_NAMESPACE), Input::destroy_ready::<TimeServerSpecs>()],
        outputs: [Output::shared::<TimeServerSpecs>()],
    }
}

impl Plan for TimeServerMergeController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let specs = layers::all::<TimeServerSpecs>(inputs);
        let lists = specs.iter().map(|spec| (spec.config_layer, spec.ntp_servers.clone()));
        if let Some((config_layer, ntp_servers)) = layers::merge_lists(lists) {
            outputs.put::<TimeServerSpecs>("timeservers", TimeServerSpecSpec { ntp_servers, config_layer });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::network::ConfigLayer;

    use super::*;
    use crate::controllers::testing::{put, store, wanted};

    #[test]
    fn the_highest_layer_names_the_servers() {
        let store = store();
        for (id, server, config_layer) in [
            ("default/timeservers", "a", ConfigLayer::DEFAULT),
            ("operator/x", "b", ConfigLayer::OPERATOR),
            ("operator/y", "c", ConfigLayer::OPERATOR),
        ] {
            let spec = TimeServerSpecSpec { ntp_servers: vec![server.into()], config_layer };
            put::<TimeServerSpecs>(&store, CONFIG_NAMESPACE, id, spec);
        }
        let expected = "network/timeservers: timeServers:;     - b;     - c; layer: operator";
        assert_eq!(wanted(&store, &TimeServerMergeController), [expected]);
    }
}
