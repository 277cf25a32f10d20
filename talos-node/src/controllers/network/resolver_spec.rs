use talos_api::resources::network::{ResolverSpecs, ResolverStatusSpec, ResolverStatuses};

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Tells the name servers that are asked.
#[derive(Debug)]
pub struct ResolverSpecController;

controller! {
    ResolverSpecController = "network.ResolverSpecController" {
        inputs: [Input::strong::<ResolverSpecs>()],
        outputs: [Output::exclusive::<ResolverStatuses>()],
    }
}

impl Plan for ResolverSpecController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        for spec in inputs.list::<ResolverSpecs>().iter().filter(|spec| spec.is_running()) {
            let dns_servers = spec.dns_servers.clone();
            outputs.put::<ResolverStatuses>(spec.id(), ResolverStatusSpec { dns_servers });
        }
        Ok(())
    }
}
