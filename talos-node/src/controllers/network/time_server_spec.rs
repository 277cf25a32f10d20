use std::sync::Arc;

use talos_api::resources::network::{TimeServerSpecs, TimeServerStatusSpec, TimeServerStatuses};

use super::told::Told;
use crate::controllers::controller;
use crate::cosi::controller::{Controller, Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;

/// Tells the time servers that are asked.
#[derive(Debug)]
pub struct TimeServerSpecController {
    machine: Arc<Machine>,
    told: Told,
}

impl TimeServerSpecController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine, told: Told::default() }
    }
}

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
            let texts = ntp_servers.iter().map(ToString::to_string).collect();
            self.told.tell(&self.machine, self.name(), "setting time servers", "addresses", texts);
            outputs.put::<TimeServerStatuses>(spec.id(), TimeServerStatusSpec { ntp_servers });
        }
        Ok(())
    }
}
