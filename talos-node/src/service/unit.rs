use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use talos_api::events::EventPayload;
use talos_api::proto::machine::service_state_event::Action;
use talos_api::proto::machine::{ServiceEvent, ServiceEvents, ServiceInfo, ServiceStateEvent};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::Definition;
use super::condition::{self, Condition};
use super::health::{Health, HealthState};
use crate::cosi::controller::Failure;
use crate::machine::Machine;
use crate::panics;

/// How far a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was not started.
    Initialized,
    /// It is about to run.
    Preparing,
    /// It waits for something, or to be started again.
    Waiting,
    /// It runs.
    Running,
    /// It was told to stop.
    Stopping,
    /// It ran, and is done.
    Finished,
    /// It could not run.
    Failed,
    /// It had nothing to do.
    Skipped,
}

impl State {
    /// Its name: `Running`.
    pub fn name(self) -> &'static str {
        match self {
            State::Initialized => "Initialized",
            State::Preparing => "Preparing",
            State::Waiting => "Waiting",
            State::Running => "Running",
            State::Stopping => "Stopping",
            State::Finished => "Finished",
            State::Failed => "Failed",
            State::Skipped => "Skipped",
        }
    }

    fn action(self) -> Action {
        match self {
            State::Initialized => Action::Initialized,
            State::Preparing => Action::Preparing,
            State::Waiting => Action::Waiting,
            State::Running => Action::Running,
            State::Stopping => Action::Stopping,
            State::Finished => Action::Finished,
            State::Failed => Action::Failed,
            State::Skipped => Action::Skipped,
        }
    }
}

/// Events of a service that are kept.
const EVENTS: usize = 64;

/// Pause before a service is started again.
const RESTART: Duration = Duration::from_secs(5);

/// A service that is known.
pub(super) struct Unit {
    definition: &'static Definition,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    events: VecDeque<ServiceEvent>,
    health: HealthState,
    /// Stops it; `None` if it is not active.
    stop: Option<CancellationToken>,
}

impl Unit {
    pub(super) fn new(definition: &'static Definition) -> Self {
        let inner =
            Inner { state: State::Initialized, events: VecDeque::new(), health: HealthState::default(), stop: None };
        Self { definition, inner: Mutex::new(inner) }
    }

    pub(super) fn definition(&self) -> &'static Definition {
        self.definition
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it was started and did not end.
    pub(super) fn is_active(&self) -> bool {
        self.inner().stop.is_some()
    }

    pub(super) fn is_up(&self) -> bool {
        let inner = self.inner();
        match inner.state {
            State::Skipped | State::Finished => true,
            State::Running => self.definition.health.is_none() || inner.health.is_healthy == Some(true),
            _ => false,
        }
    }

    pub(super) fn state(&self) -> (State, HealthState) {
        let inner = self.inner();
        (inner.state, inner.health.clone())
    }

    pub(super) fn describe(&self) -> ServiceInfo {
        let inner = self.inner();
        ServiceInfo {
            id: self.definition.id.to_owned(),
            state: inner.state.name().to_owned(),
            events: Some(ServiceEvents { events: inner.events.iter().cloned().collect() }),
            health: Some(inner.health.message()),
        }
    }

    /// Marks it as started; `None` if it is already.
    pub(super) fn begin(&self) -> Option<CancellationToken> {
        let mut inner = self.inner();
        match inner.stop {
            Some(_) => None,
            None => Some(inner.stop.insert(CancellationToken::new()).clone()),
        }
    }

    pub(super) fn stop(&self) {
        if let Some(stop) = &self.inner().stop {
            stop.cancel();
        }
    }

    /// Tells of a new state, and why.
    fn tell(&self, machine: &Machine, state: State, message: &str) {
        self.inner().state = state;
        self.record(machine, message, None);
    }

    fn record(&self, machine: &Machine, message: &str, health: Option<&HealthState>) {
        let now = machine.clock.now();
        let state = {
            let mut inner = self.inner();
            if inner.events.len() == EVENTS {
                inner.events.pop_front();
            }
            let (msg, state) = (message.to_owned(), inner.state.name().to_owned());
            inner.events.push_back(ServiceEvent { msg, state, ts: Some(now.into()) });
            inner.state
        };
        let id = self.definition.id;
        machine.console.line(&format!("service[{id}]({}): {message}", state.name()));
        let event = ServiceStateEvent {
            service: id.to_owned(),
            action: state.action().into(),
            message: message.to_owned(),
            health: Some(health.cloned().unwrap_or_default().message()),
        };
        machine.events.publish("", EventPayload::ServiceState(event));
        machine.services.changed();
    }

    /// From waiting to the end.
    pub(super) async fn run(self: Arc<Self>, machine: Arc<Machine>, stop: CancellationToken) {
        let outcome = self.live(&machine, &stop).await;
        let (state, text) = match outcome {
            Ok(()) => (State::Finished, "Service finished successfully".to_owned()),
            Err(text) => (State::Failed, capitalized(&text)),
        };
        // Whoever waits for its end hears of it by what is told.
        self.inner().stop = None;
        self.tell(&machine, state, &text);
    }

    async fn live(&self, machine: &Arc<Machine>, stop: &CancellationToken) -> Result<(), String> {
        let services = self.definition.depends_on.iter().copied().map(Condition::Up);
        let conditions: Vec<Condition> = services.chain(self.definition.conditions.iter().copied()).collect();
        if !conditions.is_empty() {
            let announce = |text: &str| self.tell(machine, State::Waiting, &format!("Waiting for {text}"));
            tokio::select! {
                () = condition::wait(machine, &conditions, announce) => {}
                // Cancel-safe: it only looks.
                () = stop.cancelled() => return Err("condition failed: context canceled".to_owned()),
            }
        }
        self.tell(machine, State::Preparing, "Running pre state");
        self.tell(machine, State::Preparing, "Creating service runner");
        let looked_after = self.definition.health.map(|health| {
            self.inner().health = HealthState::unknown(machine.clock.now());
            machine
                .services
                .unit(self.definition.id)
                .map(|unit| AbortOnDropHandle::new(tokio::spawn(unit.look_after(machine.clone(), health))))
        });
        let outcome = self.work(machine, stop).await;
        drop(looked_after);
        outcome.map_err(|failure| format!("failed running service: error running service: {failure}"))
    }

    /// Works until it is stopped; again and again if it shall.
    async fn work(&self, machine: &Arc<Machine>, stop: &CancellationToken) -> Result<(), Failure> {
        let runner = format!("Goroutine({:?})", self.definition.id);
        // From now on there is a log to be read, even if nothing is said.
        drop(machine.logs.service(self.definition.id));
        loop {
            self.tell(machine, State::Running, "Service started as goroutine");
            let outcome = panics::survived((self.definition.work)(machine.clone(), stop.clone())).await;
            let outcome = outcome.unwrap_or_else(|panic| Err(panic.into()));
            if stop.is_cancelled() || !self.definition.restarts {
                return outcome;
            }
            let text = match outcome {
                Ok(()) => format!("Runner {runner} exited without error, going to restart it"),
                Err(failure) => format!("Error running {runner}, going to restart forever: {failure}"),
            };
            self.tell(machine, State::Waiting, &text);
            tokio::select! {
                () = sleep(RESTART) => {}
                // Cancel-safe: it only looks.
                () = stop.cancelled() => {
                    self.tell(machine, State::Stopping, "Aborting restart sequence");
                    return Ok(());
                }
            }
        }
    }

    async fn look_after(self: Arc<Self>, machine: Arc<Machine>, health: Health) {
        sleep(health.initial_delay).await;
        let mut period = tokio::time::interval(health.period);
        period.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            period.tick().await;
            let message = match timeout(health.timeout, (health.check)(machine.clone())).await {
                Ok(Ok(())) => String::new(),
                Ok(Err(failure)) => failure.to_string(),
                Err(_) => "context deadline exceeded".to_owned(),
            };
            self.examined(&machine, message);
        }
    }

    /// Takes note of what a look gave; an empty message is good.
    fn examined(&self, machine: &Machine, message: String) {
        let is_healthy = message.is_empty();
        let text = match is_healthy {
            true => "Health check successful".to_owned(),
            false => format!("Health check failed: {message}"),
        };
        let (changed, state, health) = {
            let mut inner = self.inner();
            let changed = inner.health.is_healthy != Some(is_healthy);
            if changed {
                inner.health.is_healthy = Some(is_healthy);
                inner.health.changed = Some(machine.clock.now());
            }
            inner.health.message = message;
            (changed, inner.state, inner.health.clone())
        };
        if changed && state == State::Running {
            self.record(machine, &text, Some(&health));
        }
    }
}

/// A text with its first letter as a capital.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
