use talos_api::resources::network::RouteSpecs;

use super::layers::{CONFIG_NAMESPACE, merge_by_id};
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Chooses among the routes of several sources: of each, the one on the highest layer.
#[derive(Debug)]
pub struct RouteMergeController;

controller! {
    RouteMergeController = "network.RouteMergeController" {
        inputs: [Input::weak::<RouteSpecs>().within(CONFIG_NAMESPACE), Input::destroy_ready::<RouteSpecs>()],
        outputs: [Output::shared::<RouteSpecs>()],
    }
}

impl Plan for RouteMergeController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        merge_by_id::<RouteSpecs>(inputs, outputs);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::network::{ConfigLayer, Family, RouteSpecSpec, RoutingTable};

    use super::*;
    use crate::controllers::testing::{put, store, wanted};

    #[test]
    fn routes_are_one_if_they_lead_the_same_way_with_the_same_metric() {
        let store = store();
        for (id, gateway, priority, table, layer) in [
            ("cmdline/a", "10.5.0.1", 1024, RoutingTable::MAIN, ConfigLayer::CMDLINE),
            ("configuration/a", "10.5.0.1", 1024, RoutingTable::MAIN, ConfigLayer::MACHINE_CONFIGURATION),
            ("configuration/b", "10.5.0.1", 1024, RoutingTable::LOCAL, ConfigLayer::MACHINE_CONFIGURATION),
            ("operator/a", "10.5.0.1", 2048, RoutingTable::MAIN, ConfigLayer::OPERATOR),
        ] {
            let spec = RouteSpecSpec {
                family: Family::INET4,
                gateway: gateway.parse().unwrap(),
                priority,
                table,
                config_layer: layer,
                ..RouteSpecSpec::default()
            };
            put::<RouteSpecs>(&store, CONFIG_NAMESPACE, id, spec);
        }
        let shown = wanted(&store, &RouteMergeController);
        let shown: Vec<_> = shown.iter().map(|row| (row.split(": ").next(), row.rsplit(' ').next())).collect();
        let expected = [
            (Some("network/inet4/10.5.0.1//1024"), Some("configuration")),
            (Some("network/inet4/10.5.0.1//2048"), Some("operator")),
            (Some("network/local/inet4/10.5.0.1//1024"), Some("configuration")),
        ];
        assert_eq!(shown, expected);
    }
}
