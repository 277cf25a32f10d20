use std::sync::Arc;

use talos_api::resources::Ip;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::network::{ConfigLayer, ResolverSpecSpec, ResolverSpecs};

use super::command_line;
use super::layers::{self, CONFIG_NAMESPACE};
use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::controller::{Controller, Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::machine_config::MachineConfig;
use crate::networks::parse_address;

/// Finds the name servers that the command line and the configuration name; there are always some.
#[derive(Debug)]
pub struct ResolverConfigController {
    machine: Arc<Machine>,
}

impl ResolverConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    ResolverConfigController = "network.ResolverConfigController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::shared::<ResolverSpecs>().within(CONFIG_NAMESPACE)],
    }
}

/// Name servers where nobody names any. Source: `pkg/machinery/constants/constants.go` (1.5).
const SERVERS: [[u8; 4]; 2] = [[1, 1, 1, 1], [8, 8, 8, 8]];

impl Plan for ResolverConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let machine = config.as_ref().and_then(|config| config.machine());
        let named = machine.and_then(|machine| machine.network.as_ref()?.nameservers.as_deref());
        let settings = command_line::read_whole(&self.machine, self.name(), "ignoring error");
        for (config_layer, dns_servers) in [
            (ConfigLayer::DEFAULT, SERVERS.map(|server| Ip::from(std::net::IpAddr::from(server))).to_vec()),
            (ConfigLayer::CMDLINE, settings.dns_servers),
            (ConfigLayer::MACHINE_CONFIGURATION, self.parse(named.unwrap_or_default())),
        ] {
            if !dns_servers.is_empty() {
                layers::put::<ResolverSpecs>(outputs, ResolverSpecSpec { dns_servers, config_layer });
            }
        }
        Ok(())
    }
}

impl ResolverConfigController {
    fn parse(&self, texts: &[String]) -> Vec<Ip> {
        let mut servers = Vec::new();
        for text in texts {
            match parse_address(text) {
                Ok(server) => servers.push(server),
                Err(error) => {
                    let fields = [("server", Value::Text(text)), ("error", Value::Text(&error.to_string()))];
                    self.machine.console.controller(self.name(), "failed to parse DNS server", &fields);
                }
            }
        }
        servers
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
        let controller = |line| ResolverConfigController::new(machine_with_command_line(line));
        let row = |layer: &str, servers: &str| {
            let servers: String = servers.split(' ').map(|server| format!(";     - {server}")).collect();
            format!("network-config/{layer}/resolvers: dnsServers:{servers}; layer: {layer}")
        };
        let standard = row("default", "1.1.1.1 8.8.8.8");
        assert_eq!(wanted(&store, &controller("")), std::slice::from_ref(&standard));
        configure(&store, "machine:\n  network:\n    nameservers: [2.2.2.2, bad, 'fd00::1%a']\n");
        let expected = [row("cmdline", "3.3.3.3"), row("configuration", "2.2.2.2 fd00::1%a"), standard];
        assert_eq!(wanted(&store, &controller("ip=::::::off:3.3.3.3")), expected);
    }
}
