use std::sync::Arc;

use talos_api::events::EventPayload;
use talos_api::proto::common::Code;
use talos_api::proto::machine::{self as proto, SequenceEvent, phase_event, sequence_event, task_event};
use talos_api::resources::config::{MachineType, MachineTypes};
use talos_api::resources::k8s::{NodeStatuses, Nodenames};
use talos_api::resources::network::NetworkStatuses;
use talos_api::resources::runtime::{
    MachineStage, MachineStatusSpec, MachineStatusStatus, MachineStatuses, UnmetCondition,
};
use talos_api::resources::time::TimeStatuses;
use talos_api::resources::v1alpha1::Services;

use crate::controllers::controller;
use crate::cosi::controller::{Context, Controller, Failure, Input, Inputs, Output, Outputs, Run};
use crate::events::{Event, Tail};
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
            Input::weak::<Services>(),
            Input::weak::<MachineTypes>().only("machine-type"),
            Input::weak::<Nodenames>().only("nodename"),
            Input::weak::<NodeStatuses>(),
        ],
        outputs: [Output::exclusive::<MachineStatuses>()],
    }
}

#[tonic::async_trait]
impl Run for MachineStatusController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut events = self.machine.events.subscribe(&Tail::All);
        let mut history = History::default();
        let mut was_told = false;
        loop {
            let status = status(history.stage, &context.inputs());
            let is_done = (status.stage, status.status.ready) == (MachineStage::RUNNING, true);
            let mut outputs = Outputs::default();
            outputs.put::<MachineStatuses>("machine", status);
            context.settle(outputs)?;
            if is_done && !was_told {
                self.machine.console.controller(self.name(), "machine is running and ready", &[]);
                was_told = true;
            }
            tokio::select! {
                () = context.changed() => {}
                // Cancel-safe: an event that was not given out is given out the next time.
                event = events.next() => match event {
                    Some(event) => history.add(&event),
                    // There are no events after the last one.
                    None => return Ok(()),
                },
            }
        }
    }
}

/// What the machine is doing, told from what happened on it.
#[derive(Debug, Default)]
struct History {
    stage: MachineStage,
    sequence: String,
}

/// Stages that begin with a sequence.
const STAGES: &[(&str, MachineStage)] = &[
    ("boot", MachineStage::BOOTING),
    ("initialize", MachineStage::BOOTING),
    ("shutdown", MachineStage::SHUTTING_DOWN),
    ("upgrade", MachineStage::UPGRADING),
    ("stageUpgrade", MachineStage::UPGRADING),
    ("maintenanceUpgrade", MachineStage::UPGRADING),
    ("reset", MachineStage::RESETTING),
    ("reboot", MachineStage::REBOOTING),
];

/// Stages that begin with a phase of some sequences.
const PHASES: &[(&str, &[&str], MachineStage)] = &[
    ("install", &["install"], MachineStage::INSTALLING),
    ("kexec", &["install", "upgrade", "stageUpgrade", "maintenanceUpgrade"], MachineStage::REBOOTING),
];

impl History {
    fn add(&mut self, event: &Event) {
        let message = proto::Event { data: Some(event.data.clone()), ..proto::Event::default() };
        let stage = match EventPayload::decode(&message) {
            Ok(EventPayload::Sequence(event)) => self.sequence(&event),
            Ok(EventPayload::Phase(event)) if event.action() == phase_event::Action::Start => {
                let begins = |(phase, sequences, _): &&(&str, &[&str], _)| {
                    *phase == event.phase && sequences.contains(&self.sequence.as_str())
                };
                PHASES.iter().find(begins).map(|(_, _, stage)| *stage)
            }
            Ok(EventPayload::Task(event)) if event.task == "runningMaintenance" => Some(match event.action() {
                task_event::Action::Start => MachineStage::MAINTENANCE,
                task_event::Action::Stop => MachineStage::BOOTING,
            }),
            _ => None,
        };
        self.stage = stage.unwrap_or(self.stage);
    }

    fn sequence(&mut self, event: &SequenceEvent) -> Option<MachineStage> {
        self.sequence = event.sequence.clone();
        match event.action() {
            sequence_event::Action::Start => {
                STAGES.iter().find(|(name, _)| *name == event.sequence).map(|(_, stage)| *stage)
            }
            // What fails for good is started again.
            sequence_event::Action::Noop => {
                let is_fatal = event.error.as_ref().is_some_and(|error| error.code() == Code::Fatal);
                is_fatal.then_some(MachineStage::REBOOTING)
            }
            sequence_event::Action::Stop => {
                self.sequence.clear();
                (event.sequence == "boot" && event.error.is_none()).then_some(MachineStage::RUNNING)
            }
        }
    }
}

/// Services that every machine has, and those of control planes.
const SERVICES: [&[&str]; 2] = [&["apid", "machined", "kubelet"], &["etcd", "trustd"]];

fn status(stage: MachineStage, inputs: &Inputs<'_>) -> MachineStatusSpec {
    // Only a machine that is on its way has to get ready.
    let is_under_way = [MachineStage::BOOTING, MachineStage::RUNNING].contains(&stage);
    let checks: [(&str, Option<String>); 4] = match is_under_way {
        true => [
            ("time", time(inputs)),
            ("network", network(inputs)),
            ("services", services(inputs)),
            ("nodeReady", node_ready(inputs)),
        ],
        false => Default::default(),
    };
    let unmet = |(name, reason): (&str, Option<String>)| Some(UnmetCondition { name: name.into(), reason: reason? });
    let unmet_conditions: Vec<UnmetCondition> = checks.into_iter().filter_map(unmet).collect();
    MachineStatusSpec { stage, status: MachineStatusStatus { ready: unmet_conditions.is_empty(), unmet_conditions } }
}

fn time(inputs: &Inputs<'_>) -> Option<String> {
    let is_synced = inputs.get::<TimeStatuses>("node").is_some_and(|time| time.synced);
    (!is_synced).then(|| "time is not synced".to_owned())
}

fn network(inputs: &Inputs<'_>) -> Option<String> {
    let network = inputs.get::<NetworkStatuses>("status").map(|network| (*network).clone()).unwrap_or_default();
    let checks = [
        ("address", network.address_ready),
        ("connectivity", network.connectivity_ready),
        ("etc-files", network.etc_files_ready),
        ("hostname", network.hostname_ready),
    ];
    let missing: Vec<&str> = checks.into_iter().filter(|(_, is_ready)| !is_ready).map(|(name, _)| name).collect();
    (!missing.is_empty()).then(|| format!("waiting on: {}", missing.join(", ")))
}

fn services(inputs: &Inputs<'_>) -> Option<String> {
    let running = inputs.list::<Services>();
    let mut problems: Vec<String> = running
        .iter()
        .filter(|service| !service.unknown && !service.healthy)
        .map(|service| format!("{} not healthy", service.id()))
        .collect();
    let machine_type = inputs.get::<MachineTypes>("machine-type").map(|spec| spec.machine_type);
    let is_control_plane =
        machine_type.is_some_and(|kind| [MachineType::INIT, MachineType::CONTROL_PLANE].contains(&kind));
    let required = SERVICES.into_iter().take(1 + usize::from(is_control_plane)).flatten();
    let missing = required.filter(|id| !running.iter().any(|service| service.id() == **id));
    problems.extend(missing.map(|id| format!("{id} not running")));
    (!problems.is_empty()).then(|| problems.join(", "))
}

fn node_ready(inputs: &Inputs<'_>) -> Option<String> {
    let name = inputs.get::<Nodenames>("nodename")?.nodename.clone();
    match inputs.get::<NodeStatuses>(&name) {
        None => Some(format!("node {name:?} status is not available yet")),
        Some(status) => (!status.node_ready).then(|| format!("node {name:?} is not ready")),
    }
}

#[cfg(test)]
mod tests {
    use talos_api::proto::machine::{PhaseEvent, TaskEvent};

    use super::*;
    use crate::machine::testing::machine;

    #[tokio::test]
    async fn the_stage_follows_from_what_happened() {
        let sequence = |name: &str, action: sequence_event::Action| {
            EventPayload::Sequence(SequenceEvent { sequence: name.into(), action: action.into(), error: None })
        };
        let task = |action: task_event::Action| {
            EventPayload::Task(TaskEvent { task: "runningMaintenance".into(), action: action.into() })
        };
        let phase = |name: &str| EventPayload::Phase(PhaseEvent { phase: name.into(), ..PhaseEvent::default() });
        use sequence_event::Action::{Start, Stop};
        let steps = [
            (phase("install"), MachineStage::UNKNOWN),
            (sequence("initialize", Start), MachineStage::BOOTING),
            (task(task_event::Action::Start), MachineStage::MAINTENANCE),
            (task(task_event::Action::Stop), MachineStage::BOOTING),
            (sequence("initialize", Stop), MachineStage::BOOTING),
            (sequence("install", Start), MachineStage::BOOTING),
            (phase("install"), MachineStage::INSTALLING),
            (phase("kexec"), MachineStage::REBOOTING),
            (sequence("boot", Start), MachineStage::BOOTING),
            (sequence("boot", Stop), MachineStage::RUNNING),
            (sequence("reset", Start), MachineStage::RESETTING),
        ];
        let events = machine().events.clone();
        let (mut read, mut history) = (events.subscribe(&Tail::All), History::default());
        for (payload, stage) in steps {
            events.publish("", payload);
            history.add(&read.next().await.unwrap());
            assert_eq!(history.stage, stage);
        }
    }
}
