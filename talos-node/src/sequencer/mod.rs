//! What a machine does from start to stop: sequences of phases of tasks, one sequence at a time.

mod lock;
mod sequences;
mod tasks;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_core::future::BoxFuture;
use talos_api::events::EventPayload;
use talos_api::proto::common;
use talos_api::proto::machine::{PhaseEvent, SequenceEvent, TaskEvent, phase_event, sequence_event, task_event};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::lock::Lock;
pub use self::lock::LockError;
pub use self::sequences::{Reset, Sequence, Shutdown};
pub(crate) use self::tasks::CONFIG;
use crate::console::Console;
use crate::cosi::controller::Failure;
use crate::machine::Machine;

/// How a machine is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// To be started again.
    Restart,
    /// To be switched off.
    PowerOff,
    /// To stand still.
    Halt,
}

impl Leave {
    /// The command of `reboot(2)`.
    pub fn command(self) -> u32 {
        match self {
            Leave::Restart => 0x0123_4567,
            Leave::PowerOff => 0x4321_fedc,
            Leave::Halt => 0xcdef_0123,
        }
    }
}

/// What a task came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is done, and the sequence goes on.
    Done,
    /// The machine is left, and the sequence with it.
    Leave(Leave),
}

/// What tasks do at the same time.
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    /// Decides when it is the phase's turn; one that is left out counts in the numbers.
    pub(crate) when: fn(&Machine, &Sequence) -> bool,
    pub(crate) tasks: &'static [Task],
}

/// Something to do.
#[derive(Clone, Copy)]
pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Job) -> BoxFuture<'static, Result<Outcome, Failure>>,
}

/// What a task works with.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) machine: Arc<Machine>,
    pub(crate) stop: CancellationToken,
    label: String,
}

impl Job {
    /// A line on the console that says which task it is from.
    pub(crate) fn line(&self, text: &str) {
        self.machine.console.line(&format!("{}: {text}", self.label));
    }
}

/// Why a sequence did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SequenceError {
    /// It did not start.
    #[error(transparent)]
    NotStarted(#[from] LockError),
    /// Another one took over.
    #[error("error running phase {number} in {sequence} sequence: context canceled")]
    Cancelled {
        /// Name of the sequence.
        sequence: &'static str,
        /// The phase, from one.
        number: usize,
    },
    /// A task failed.
    #[error("error running phase {number} in {sequence} sequence: task {task}: failed, {source}")]
    Failed {
        /// Name of the sequence.
        sequence: &'static str,
        /// The phase, from one.
        number: usize,
        /// The task: `1/2`.
        task: String,
        /// Why.
        source: Failure,
    },
}

/// Runs the sequences of a machine.
pub struct Sequencer {
    lock: Lock,
    left: watch::Sender<Option<Leave>>,
}

impl fmt::Debug for Sequencer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sequencer").field("left", &*self.left.borrow()).finish_non_exhaustive()
    }
}

impl Default for Sequencer {
    fn default() -> Self {
        Self { lock: Lock::default(), left: watch::Sender::new(None) }
    }
}

impl Sequencer {
    /// How the machine is left, once it is.
    pub async fn left(&self) -> Leave {
        let mut left = self.left.subscribe();
        loop {
            if let Some(leave) = *left.borrow_and_update() {
                return leave;
            }
            // The sender lives as long as this.
            let _ = left.changed().await;
        }
    }

    /// Runs a sequence to its end. With `takes_over`, whatever runs is given up for it.
    ///
    /// `actor` is who wants it; empty for the machine itself.
    ///
    /// # Errors
    /// When it cannot start, when another one takes over, or when a task fails.
    pub async fn run(
        &self,
        machine: &Arc<Machine>,
        sequence: Sequence,
        actor: &str,
        takes_over: bool,
    ) -> Result<(), SequenceError> {
        let name = sequence.name();
        let refused = |code: common::Code, message: String| {
            let error = common::Error { code: code.into(), message, ..common::Error::default() };
            publish_sequence(machine, actor, name, sequence_event::Action::Noop, Some(error));
        };
        let held = match self.lock.take(&sequence, takes_over).await {
            Ok(held) => held,
            Err(error) => {
                if error == LockError::Locked {
                    refused(common::Code::Locked, format!("sequence not started: {error}"));
                }
                return Err(error.into());
            }
        };
        let outcome = run(machine, &sequence, actor, held.stop()).await;
        drop(held);
        match outcome {
            Ok(Outcome::Done) => Ok(()),
            Ok(Outcome::Leave(leave)) => {
                self.left.send_replace(Some(leave));
                Ok(())
            }
            Err(error) => {
                let code = match error {
                    SequenceError::Cancelled { .. } => common::Code::Canceled,
                    _ => common::Code::Fatal,
                };
                refused(code, format!("sequence failed: {error}"));
                Err(error)
            }
        }
    }
}

fn publish_sequence(
    machine: &Machine,
    actor: &str,
    sequence: &str,
    action: sequence_event::Action,
    error: Option<common::Error>,
) {
    let event = SequenceEvent { sequence: sequence.to_owned(), action: action.into(), error };
    machine.events.publish(actor, EventPayload::Sequence(event));
}

async fn run(
    machine: &Arc<Machine>,
    sequence: &Sequence,
    actor: &str,
    stop: &CancellationToken,
) -> Result<Outcome, SequenceError> {
    let name = sequence.name();
    let phases = sequence.phases(machine);
    let (count, console) = (phases.len(), &machine.console);
    publish_sequence(machine, actor, name, sequence_event::Action::Start, None);
    console.line(&format!("{name} sequence: {count} phase(s)"));
    let started = Instant::now();
    let mut outcome = Ok(Outcome::Done);
    for (number, phase) in (1..).zip(phases) {
        if !(phase.when)(machine, sequence) {
            continue;
        }
        outcome = match run_phase(machine, sequence, actor, phase, (number, count), stop).await {
            // Whoever took over waits for this one to end.
            Ok(Outcome::Done) if stop.is_cancelled() => Err(SequenceError::Cancelled { sequence: name, number }),
            outcome => outcome,
        };
        if !matches!(outcome, Ok(Outcome::Done)) {
            break;
        }
    }
    match outcome {
        Ok(Outcome::Done) => done(console, &format!("{name} sequence: done:"), started),
        Ok(Outcome::Leave(_)) => {}
        Err(_) => console.line(&format!("{name} sequence: failed")),
    }
    publish_sequence(machine, actor, name, sequence_event::Action::Stop, None);
    outcome
}

fn done(console: &Console, text: &str, started: Instant) {
    console.line(&format!("{text} {}", since(started)));
}

/// How long something took: `1.5ms`.
fn since(started: Instant) -> talos_config::value::duration::Duration {
    let nanoseconds = i64::try_from(started.elapsed().as_nanos()).unwrap_or(i64::MAX);
    talos_config::value::duration::Duration::from_nanos(nanoseconds)
}

async fn run_phase(
    machine: &Arc<Machine>,
    sequence: &Sequence,
    actor: &str,
    phase: &Phase,
    (number, count): (usize, usize),
    stop: &CancellationToken,
) -> Result<Outcome, SequenceError> {
    let publish = |action: phase_event::Action| {
        let event = PhaseEvent { phase: phase.name.to_owned(), action: action.into() };
        machine.events.publish(actor, EventPayload::Phase(event));
    };
    let (name, total) = (phase.name, phase.tasks.len());
    let title = format!("phase {name} ({number}/{count})");
    machine.console.line(&format!("{title}: {total} tasks(s)"));
    publish(phase_event::Action::Start);
    let started = Instant::now();
    // A failed task ends the others of its phase.
    let stop = stop.child_token();
    let mut tasks = JoinSet::new();
    for (place, task) in (1..).zip(phase.tasks) {
        let progress = format!("{place}/{total}");
        let label = format!("task {} ({progress})", task.name);
        let job = Job { machine: machine.clone(), stop: stop.clone(), label };
        let (task, actor) = (*task, actor.to_owned());
        tasks.spawn(async move { (progress, run_task(task, job, &actor).await) });
    }
    let mut outcome = Ok(Outcome::Done);
    while let Some(ended) = tasks.join_next().await {
        // A panic was told already, and ends what it was part of.
        let (task, ended) = ended.unwrap_or_else(|panic| (String::new(), Err(panic.into())));
        match ended {
            Ok(Outcome::Done) => {}
            Ok(leave) => outcome = outcome.and(Ok(leave)),
            Err(_) if outcome.is_err() => {}
            Err(_) if stop.is_cancelled() => {
                outcome = Err(SequenceError::Cancelled { sequence: sequence.name(), number });
            }
            Err(source) => {
                stop.cancel();
                outcome = Err(SequenceError::Failed { sequence: sequence.name(), number, task, source });
            }
        }
    }
    publish(phase_event::Action::Stop);
    match outcome {
        Ok(Outcome::Done) => done(&machine.console, &format!("{title}: done,"), started),
        Ok(Outcome::Leave(_)) => {}
        Err(_) => machine.console.line(&format!("{title}: failed")),
    }
    outcome
}

/// A task that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("context canceled")]
struct GivenUp;

async fn run_task(task: Task, job: Job, actor: &str) -> Result<Outcome, Failure> {
    let machine = job.machine.clone();
    let publish = |action: task_event::Action| {
        let event = TaskEvent { task: task.name.to_owned(), action: action.into() };
        machine.events.publish(actor, EventPayload::Task(event));
    };
    publish(task_event::Action::Start);
    let started = Instant::now();
    job.line("starting");
    let stop = job.stop.clone();
    let outcome = tokio::select! {
        outcome = (task.run)(job.clone()) => outcome,
        // Cancel-safe: it only looks. What the task was doing is given up.
        () = stop.cancelled() => Err(GivenUp.into()),
    };
    publish(task_event::Action::Stop);
    match &outcome {
        Ok(Outcome::Done) => job.line(&format!("done, {}", since(started))),
        Ok(Outcome::Leave(_)) => {}
        Err(failure) => job.line(&format!("failed: {failure}")),
    }
    outcome
}

/// Time that a sequence has to end when another one takes over.
const PATIENCE: Duration = Duration::from_secs(60);
