use std::sync::Arc;

use talos_api::resources::v1alpha1::{ServiceSpec, Services};

use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Output, Outputs, Run};
use crate::machine::Machine;
use crate::service::State;

/// Shows which services run, and how they fare.
#[derive(Debug)]
pub struct ServiceController {
    machine: Arc<Machine>,
}

impl ServiceController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    ServiceController = "v1alpha1.ServiceController" {
        inputs: [],
        outputs: [Output::exclusive::<Services>()],
    }
}

#[tonic::async_trait]
impl Run for ServiceController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let services = &self.machine.services;
        let mut changes = services.changes();
        loop {
            let mut outputs = Outputs::default();
            for id in services.ids() {
                if let Some((State::Running, health)) = services.state(id) {
                    let (healthy, unknown) = (health.is_healthy == Some(true), health.is_healthy.is_none());
                    outputs.put::<Services>(id, ServiceSpec { running: true, healthy, unknown });
                }
            }
            context.settle(outputs)?;
            // Cancel-safe: a change that was not waited for is still seen.
            tokio::select! {
                changed = changes.changed() => changed?,
                () = context.stop().cancelled() => return Ok(()),
            }
        }
    }
}
