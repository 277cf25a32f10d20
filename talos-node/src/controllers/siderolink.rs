//! The management network.

use std::sync::Arc;

use talos_api::resources::config::MachineConfigs;
use talos_api::resources::siderolink::{ConfigSpec, SiderolinkConfigs};
use talos_config::siderolink::SideroLinkConfig;

use super::controller;
use crate::command_line::CommandLine;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::machine_config::MachineConfig;

/// Finds the address of the management network: in the configuration, else on the command line of the kernel.
///
/// Source: `internal/app/machined/pkg/controllers/siderolink/config.go` (1.5).
#[derive(Debug)]
pub struct ConfigController {
    machine: Arc<Machine>,
}

impl ConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    ConfigController = "siderolink.ConfigController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::exclusive::<SiderolinkConfigs>()],
    }
}

impl Plan for ConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let document = config.as_ref().and_then(|config| config.container().document::<SideroLinkConfig>());
        let stated = document.and_then(|document| document.api_url.0.as_ref()).map(ToString::to_string);
        let started_with = || CommandLine::parse(&self.machine.settings.command_line).first("siderolink.api");
        let endpoint = stated.or_else(|| started_with().map(str::to_owned)).unwrap_or_default();
        if !endpoint.is_empty() {
            outputs.put::<SiderolinkConfigs>("siderolink", ConfigSpec { api_endpoint: endpoint });
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
            wanted(&store, &ConfigController::new(machine))
        };
        let document = "apiVersion: v1alpha1\nkind: SideroLinkConfig\napiUrl: https://a.b/?jointoken=c\n";
        assert_eq!(endpoint("quiet", "machine: {}\n"), [""; 0]);
        assert_eq!(endpoint("siderolink.api=d:1", "machine: {}\n"), ["config/siderolink: apiEndpoint: d:1"]);
        let expected = ["config/siderolink: apiEndpoint: https://a.b/?jointoken=c"];
        assert_eq!(endpoint("siderolink.api=d:1", document), expected);
    }
}
