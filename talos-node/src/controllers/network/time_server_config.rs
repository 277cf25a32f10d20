use std::sync::Arc;

use talos_api::resources::config::MachineConfigs;
use talos_api::resources::network::{ConfigLayer, TimeServerSpecSpec, TimeServerSpecs};

use super::command_line;
use super::layers::{self, CONFIG_NAMESPACE};
use crate::controllers::controller;
use crate::cosi::controller::{Controller, Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::machine_config::MachineConfig;

/// Finds the time servers that the command line and the configuration name; there is always one.
#[derive(Debug)]
pub struct TimeServerConfigController {
    machine: Arc<Machine>,
}

impl TimeServerConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    TimeServerConfigController = "network.TimeServerConfigController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::shared::<TimeServerSpecs>().within(CONFIG_NAMESPACE)],
    }
}

/// Time server where nobody names one. Source: `pkg/machinery/constants/constants.go` (1.5).
const SERVER: &str = "pool.ntp.org";

impl Plan for TimeServerConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let machine = config.as_ref().and_then(|config| config.machine());
        let named = machine.and_then(|machine| machine.time.as_ref()?.servers.clone());
        let settings = command_line::read_whole(&self.machine, self.name(), "ignoring error");
        for (config_layer, ntp_servers) in [
            (ConfigLayer::DEFAULT, vec![SERVER.to_owned()]),
            (ConfigLayer::CMDLINE, settings.time_servers.iter().map(ToString::to_string).collect()),
            (ConfigLayer::MACHINE_CONFIGURATION, named.unwrap_or_default()),
        ] {
            if !ntp_servers.is_empty() {
                layers::put::<TimeServerSpecs>(outputs, TimeServerSpecSpec { ntp_servers, config_layer });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{configure, store, wanted};
    use crate::machine::testing::machine_with_command_line;

    #[test]
    fn each_layer_names_servers() {
        let store = store();
        let controller = |line| TimeServerConfigController::new(machine_with_command_line(line));
        let row = |layer: &str, server: &str| {
            format!("network-config/{layer}/timeservers: timeServers:;     - {server}; layer: {layer}")
        };
        let standard = row("default", "pool.ntp.org");
        assert_eq!(wanted(&store, &controller("")), std::slice::from_ref(&standard));
        configure(&store, "machine:\n  time:\n    servers: [time.example]\n");
        let expected = [row("cmdline", "10.0.0.1"), row("configuration", "time.example"), standard];
        assert_eq!(wanted(&store, &controller("ip=::::::off:::10.0.0.1")), expected);
    }
}
