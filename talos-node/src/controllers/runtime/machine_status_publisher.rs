use std::sync::Arc;

use talos_api::events::EventPayload;
use talos_api::proto::machine::MachineStatusEvent;
use talos_api::proto::machine::machine_status_event::MachineStatus;
use talos_api::proto::machine::machine_status_event::machine_status::UnmetCondition;
use talos_api::resources::runtime::{MachineStatusSpec, MachineStatuses};

use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Run};
use crate::machine::Machine;

/// Tells of every change of what the machine is doing.
#[derive(Debug)]
pub struct MachineStatusPublisherController {
    machine: Arc<Machine>,
}

impl MachineStatusPublisherController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    MachineStatusPublisherController = "runtime.MachineStatusPublisherController" {
        inputs: [Input::weak::<MachineStatuses>().only("machine")],
        outputs: [],
    }
}

#[tonic::async_trait]
impl Run for MachineStatusPublisherController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut told = None;
        loop {
            context.changed().await;
            let Some(status) = context.inputs().get::<MachineStatuses>("machine") else { continue };
            let event = event(&status);
            if told.as_ref() != Some(&event) {
                self.machine.events.publish("", EventPayload::MachineStatus(event.clone()));
                told = Some(event);
            }
        }
    }
}

fn event(spec: &MachineStatusSpec) -> MachineStatusEvent {
    let conditions = spec.status.unmet_conditions.iter();
    let unmet_conditions = conditions
        .map(|condition| UnmetCondition { name: condition.name.clone(), reason: condition.reason.clone() })
        .collect();
    MachineStatusEvent {
        stage: spec.stage.0.cast_signed(),
        status: Some(MachineStatus { ready: spec.status.ready, unmet_conditions }),
    }
}
