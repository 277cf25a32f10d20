use std::sync::Arc;

use talos_api::resources::config::MachineConfigs;
use talos_api::resources::runtime::{EventSinkConfigSpec, EventSinkConfigs};
use talos_config::runtime::EventSinkConfig;

use crate::command_line::CommandLine;
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::machine_config::MachineConfig;

/// Finds where events are pushed to: what the configuration says, else the command line of the kernel.
///
/// Source: `internal/app/machined/pkg/controllers/runtime/events_sink_config.go` (1.5).
#[derive(Debug)]
pub struct EventsSinkConfigController {
    machine: Arc<Machine>,
}

impl EventsSinkConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    EventsSinkConfigController = "runtime.EventsSinkConfigController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::exclusive::<EventSinkConfigs>()],
    }
}

impl Plan for EventsSinkConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let document = config.as_ref().and_then(|config| config.container().document::<EventSinkConfig>());
        let started_with = CommandLine::parse(&self.machine.settings.command_line).first("talos.events.sink");
        let endpoint = document.map(|document| document.endpoint.as_str()).or(started_with).unwrap_or_default();
        if !endpoint.is_empty() {
            outputs.put::<EventSinkConfigs>("event-sink", EventSinkConfigSpec { endpoint: endpoint.to_owned() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{put_content, store, wanted};
    use crate::machine::testing;

    #[test]
    fn the_configuration_comes_first() {
        let endpoint = |line: &str, text: &str| {
            let store = store();
            let config = talos_config::load(text).unwrap();
            put_content(&store, MachineConfig::reference(MachineConfig::ACTIVE), MachineConfig::from(config));
            let machine = testing::machine_with(|settings| settings.command_line = line.into());
            wanted(&store, &EventsSinkConfigController::new(machine))
        };
        let document = "apiVersion: v1alpha1\nkind: EventSinkConfig\nendpoint: a:1\n";
        assert_eq!(endpoint("", "machine: {}\n"), [""; 0]);
        assert_eq!(endpoint("talos.events.sink=b:2", "machine: {}\n"), ["runtime/event-sink: endpoint: b:2"]);
        assert_eq!(endpoint("talos.events.sink=b:2", document), ["runtime/event-sink: endpoint: a:1"]);
    }
}
