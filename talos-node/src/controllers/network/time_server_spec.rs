use talos_api::resources::network::{TimeServerSpecs, TimeServerStatusSpec, TimeServerStatuses};

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Tells the time servers that are asked.
#[derive(Debug)]
pub struct TimeServerSpecController;

controller! {
    TimeServerSpecController = "network.TimeServerSpecController" {
        inputs: [Input::strong::<TimeServerSpecs>()],
        outputs: [Output::exclusive::<TimeServerStatuses>()],
    }
}

impl Plan for TimeServerSpecController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        for spec in inputs.list::<TimeServerSpecs>().iter().filter(|spec| spec.is_running()) {
            let ntp_servers = spec.ntp_servers.clone();
            outputs.put::<TimeServerStatuses>(spec.id(), TimeServerStatusSpec { ntp_servers });
        }
        Ok(())
    }
}
