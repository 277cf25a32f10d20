use talos_api::resources::network::{ResolverSpecSpec, ResolverSpecs};

use super::layers::{self, CONFIG_NAMESPACE};
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Chooses among the name servers of several sources: those of the highest layer.
#[derive(Debug)]
pub struct ResolverMergeController;

controller! {
    ResolverMergeController = "network.ResolverMergeController" {
        inputs: [Input::weak::<ResolverSpecs>().within(CONFIG_NAMESPACE), Input::destroy_ready::<ResolverSpecs>()],
        outputs: [Output::shared::<ResolverSpecs>()],
    }
}

impl Plan for ResolverMergeController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let specs = layers::all::<ResolverSpecs>(inputs);
        let lists = specs.iter().map(|spec| (spec.config_layer, spec.dns_servers.clone()));
        if let Some((config_layer, dns_servers)) = layers::merge_lists(lists) {
            outputs.put::<ResolverSpecs>("resolvers", ResolverSpecSpec { dns_servers, config_layer });
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
        assert_eq!(wanted(&store, &ResolverMergeController), [""; 0]);
        for (id, server, layer, expected) in [
            ("default/resolvers", "1.1.1.1", ConfigLayer::DEFAULT, "1.1.1.1; layer: default"),
            ("platform/resolvers", "2.2.2.2", ConfigLayer::PLATFORM, "2.2.2.2; layer: platform"),
            ("operator/b", "4.4.4.4", ConfigLayer::OPERATOR, "4.4.4.4; layer: operator"),
            ("operator/a", "3.3.3.3", ConfigLayer::OPERATOR, "3.3.3.3;     - 4.4.4.4; layer: operator"),
            ("configuration/resolvers", "5.5.5.5", ConfigLayer::MACHINE_CONFIGURATION, "5.5.5.5; layer: configuration"),
        ] {
            let spec = ResolverSpecSpec { dns_servers: vec![server.parse().unwrap()], config_layer: layer };
            put::<ResolverSpecs>(&store, CONFIG_NAMESPACE, id, spec);
            let expected = format!("network/resolvers: dnsServers:;     - {expected}");
            assert_eq!(wanted(&store, &ResolverMergeController), [expected]);
        }
    }
}
