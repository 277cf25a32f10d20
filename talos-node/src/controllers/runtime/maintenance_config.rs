use std::sync::Arc;

use talos_api::resources::Ip;
use talos_api::resources::network::NodeAddresses;
use talos_api::resources::runtime::{MaintenanceServiceConfigSpec, MaintenanceServiceConfigs};

use super::MAINTENANCE;
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;

/// Says where the maintenance service listens, and where it can be reached.
#[derive(Debug)]
pub struct MaintenanceConfigController {
    machine: Arc<Machine>,
}

impl MaintenanceConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    MaintenanceConfigController = "runtime.MaintenanceConfigController" {
        inputs: [Input::weak::<NodeAddresses>().only("current")],
        outputs: [Output::exclusive::<MaintenanceServiceConfigs>()],
    }
}

impl Plan for MaintenanceConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let settings = &self.machine.settings;
        let current = inputs.get::<NodeAddresses>("current");
        let addresses = current.iter().flat_map(|current| &current.addresses);
        let spec = MaintenanceServiceConfigSpec {
            // Of a computer that it shares with others, only one address is the node's.
            listen_address: std::net::SocketAddr::new(settings.address, settings.port).to_string(),
            reachable_addresses: addresses.filter_map(|prefix| prefix.address()).map(Ip::from).collect(),
        };
        outputs.put::<MaintenanceServiceConfigs>(MAINTENANCE, spec);
        Ok(())
    }
}
