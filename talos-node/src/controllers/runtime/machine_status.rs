use std::sync::Arc;

use talos_api::resources::config::MachineTypes;
use talos_api::resources::network::NetworkStatuses;
use talos_api::resources::runtime::{
    MachineStage, MachineStatusSpec, MachineStatusStatus, MachineStatuses, UnmetCondition,
};
use talos_api::resources::time::TimeStatuses;

use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Inputs, Output, Outputs, Run};
use crate::machine::Machine;

/// Sums up what the machine is doing, and whether it is ready.
#[derive(Debug)]
pub struct MachineStatusController {
    machine: Arc<Machine>,
}

impl MachineStatusController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    MachineStatusController = "runtime.MachineStatusController" {
        inputs: [
            Input::weak::<TimeStatuses>().only("node"),
            Input::weak::<NetworkStatuses>().only("status"),
            Input::weak::<MachineTypes>().only("machine-type"),
        ],
        outputs: [Output::exclusive::<MachineStatuses>()],
    }
}

#[tonic::async_trait]
impl Run for MachineStatusController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut stages = self.machine.stage.subscribe();
        loop {
            let stage = *stages.borrow_and_update();
            let mut outputs = Outputs::default();
            outputs.put::<MachineStatuses>("machine", status(stage, &context.inputs()));
            context.settle(outputs)?;
            tokio::select! {
                () = context.changed() => {}
                // Cancel-safe: a change that was not waited for is still seen.
                changed = stages.changed() => changed?,
            }
        }
    }
}

fn status(stage: MachineStage, inputs: &Inputs<'_>) -> MachineStatusSpec {
    let mut unmet_conditions = Vec::new();
    // Only a machine that is on its way has to get ready.
    if [MachineStage::BOOTING, MachineStage::RUNNING].contains(&stage) {
        let mut unmet = |name: &str, reason: String| {
            unmet_conditions.push(UnmetCondition { name: name.into(), reason });
        };
        if !inputs.get::<TimeStatuses>("node").is_some_and(|time| time.synced) {
            unmet("time", "time is not synced".into());
        }
        let network = inputs.get::<NetworkStatuses>("status");
        let checks = network.as_deref().map(|network| {
            [
                ("address", network.address_ready),
                ("connectivity", network.connectivity_ready),
                ("etc-files", network.etc_files_ready),
                ("hostname", network.hostname_ready),
            ]
        });
        let missing: Vec<&str> = match checks {
            Some(checks) => checks.into_iter().filter(|(_, is_ready)| !is_ready).map(|(name, _)| name).collect(),
            None => vec!["address", "connectivity", "etc-files", "hostname"],
        };
        if !missing.is_empty() {
            unmet("network", format!("waiting on: {}", missing.join(", ")));
        }
    }
    MachineStatusSpec { stage, status: MachineStatusStatus { ready: unmet_conditions.is_empty(), unmet_conditions } }
}
