use std::sync::Arc;

use talos_api::resources::network::{ConfigLayer, HostnameSpecs};

use super::CONFIG_NAMESPACE;
use super::hostname_config::spec;
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;

/// Passes on what the platform says about the network: the name of the machine.
#[derive(Debug)]
pub struct PlatformConfigController {
    machine: Arc<Machine>,
}

impl PlatformConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    PlatformConfigController = "network.PlatformConfigController" {
        inputs: [],
        outputs: [Output::shared::<HostnameSpecs>().within(CONFIG_NAMESPACE)],
    }
}

impl Plan for PlatformConfigController {
    fn plan(&self, _: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let hostname = &self.machine.settings.hostname;
        if !hostname.is_empty() {
            let spec = spec(hostname, ConfigLayer::PLATFORM)?;
            outputs.put_in::<HostnameSpecs>(CONFIG_NAMESPACE, "platform/hostname", spec);
        }
        Ok(())
    }
}
