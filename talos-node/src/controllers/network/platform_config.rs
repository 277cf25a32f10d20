use std::sync::Arc;

use talos_api::resources::Kind;
use talos_api::resources::hardware::SystemInformations;
use talos_api::resources::network::{ConfigLayer, HostnameSpecs};
use talos_api::resources::runtime::PlatformMetadatas;

use super::CONFIG_NAMESPACE;
use super::hostname_config::spec;
use crate::controllers::controller;
use crate::cosi::Reference;
use crate::cosi::controller::{Context, Failure, Output, Outputs, Run};
use crate::machine::Machine;

/// Passes on what the platform says about the machine and its network.
#[derive(Debug)]
pub struct PlatformConfigController {
    machine: Arc<Machine>,
}

impl PlatformConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }

    fn outputs_now(&self) -> Result<Outputs, Failure> {
        let platform = &self.machine.settings.platform;
        let mut outputs = Outputs::default();
        if !platform.hostname().is_empty() {
            let spec = spec(platform.hostname(), ConfigLayer::PLATFORM)?;
            outputs.put_in::<HostnameSpecs>(CONFIG_NAMESPACE, "platform/hostname", spec);
        }
        outputs.put::<PlatformMetadatas>("platformmetadata", platform.metadata(&self.machine));
        Ok(outputs)
    }
}

controller! {
    PlatformConfigController = "network.PlatformConfigController" {
        inputs: [],
        outputs: [
            Output::shared::<HostnameSpecs>().within(CONFIG_NAMESPACE),
            Output::exclusive::<PlatformMetadatas>(),
        ],
    }
}

#[tonic::async_trait]
impl Run for PlatformConfigController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        // The platform looks at the machine by itself; what it looks at is no input, as in the reference.
        let definition = SystemInformations::DEFINITION;
        let system = Reference::new(definition.namespace, definition.type_name, "systeminformation");
        let mut watch = self.machine.store.watch(&system, 0);
        loop {
            watch.next().await;
            context.settle(self.outputs_now()?)?;
        }
    }
}
