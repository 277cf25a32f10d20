//! Services of a machine: what runs, what it waits for, how it fares.
//!
//! A [`Definition`] says all about a service; [`Services`] runs them. A service waits for others and for conditions, runs,
//! is looked after, and stops after those that need it.

mod condition;
mod definitions;
mod health;
mod unit;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_core::future::BoxFuture;
use talos_api::proto::machine::ServiceInfo;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use self::condition::Condition;
pub(crate) use self::condition::describe;
pub use self::definitions::{APID, CRI, ETCD, KUBELET, MACHINED, TRUSTD};
pub use self::health::{Health, HealthState};
pub use self::unit::State;
use self::unit::Unit;
use crate::cosi::controller::Failure;
use crate::machine::Machine;

/// What a service does until it is stopped.
pub type Work = fn(Arc<Machine>, CancellationToken) -> BoxFuture<'static, Result<(), Failure>>;

/// What clients may do with a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start it.
    Start,
    /// Stop it.
    Stop,
    /// Stop it and start it.
    Restart,
}

impl Action {
    /// Its name in texts: `start`.
    pub fn name(self) -> &'static str {
        match self {
            Action::Start => "start",
            Action::Stop => "stop",
            Action::Restart => "restart",
        }
    }
}

/// A service, before anything of it runs.
#[derive(Debug)]
pub struct Definition {
    /// Its id.
    pub id: &'static str,
    /// Services that have to be up before it.
    pub depends_on: &'static [&'static str],
    /// What else has to be so before it.
    pub conditions: &'static [Condition],
    /// How it is looked after; without it, a service that runs is up.
    pub health: Option<Health>,
    /// What it does.
    pub work: Work,
    /// Whether it is started again whenever it ends.
    pub restarts: bool,
    /// What clients may do.
    pub actions: &'static [Action],
}

/// A service that cannot be acted on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// There is none of that id.
    #[error("service {id:?} not defined")]
    NotDefined {
        /// The id.
        id: String,
    },
    /// Clients may not do that.
    #[error("service {id:?} doesn't support {action} operation via API")]
    NotAllowed {
        /// The id.
        id: String,
        /// The action.
        action: &'static str,
    },
}

/// Waits until all conditions hold.
pub(crate) async fn wait(machine: &Arc<Machine>, conditions: &[Condition]) {
    condition::wait(machine, conditions, |_| {}).await;
}

/// How long a service waits for those that need it to stop.
const DEPENDENTS: Duration = Duration::from_secs(30);

/// The services of a machine.
pub struct Services {
    machine: Weak<Machine>,
    units: Mutex<BTreeMap<&'static str, Arc<Unit>>>,
    /// Changes with every state and health.
    changes: watch::Sender<()>,
    is_ending: AtomicBool,
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.units().keys()).finish()
    }
}

impl Services {
    /// No services yet.
    pub(crate) fn new(machine: Weak<Machine>) -> Self {
        Self { machine, units: Mutex::default(), changes: watch::Sender::new(()), is_ending: AtomicBool::new(false) }
    }

    fn units(&self) -> MutexGuard<'_, BTreeMap<&'static str, Arc<Unit>>> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unit(&self, id: &str) -> Option<Arc<Unit>> {
        self.units().get(id).cloned()
    }

    /// Makes a service known. One that is known already stays as it is.
    pub fn load(&self, definition: &'static Definition) {
        self.units().entry(definition.id).or_insert_with(|| Arc::new(Unit::new(definition)));
        self.changes.send_modify(|()| {});
    }

    /// Starts a service that is known, unless it runs, or the machine is about to stop.
    ///
    /// # Errors
    /// When it is not known.
    pub fn start(&self, id: &str) -> Result<(), ServiceError> {
        let unit = self.unit(id).ok_or_else(|| ServiceError::NotDefined { id: id.to_owned() })?;
        let Some(machine) = self.machine.upgrade() else { return Ok(()) };
        if self.is_ending.load(Ordering::Acquire) {
            return Ok(());
        }
        if let Some(stop) = unit.begin() {
            machine.clone().spawn(unit.run(machine, stop));
        }
        Ok(())
    }

    /// Makes services known, and starts them.
    pub fn load_and_start(&self, definitions: &[&'static Definition]) {
        for definition in definitions {
            self.load(definition);
        }
        for definition in definitions {
            // It was made known above.
            let _ = self.start(definition.id);
        }
    }

    /// Stops services, without a look at those that need them. Returns when they are down.
    pub async fn stop(&self, ids: &[&str]) {
        for unit in ids.iter().filter_map(|id| self.unit(id)) {
            unit.stop();
            self.until(|| !unit.is_active()).await;
        }
    }

    /// Stops all services, each after those that need it. Nothing is started afterwards.
    pub async fn stop_all(&self) {
        self.is_ending.store(true, Ordering::Release);
        let Some(machine) = self.machine.upgrade() else { return };
        let units: Vec<Arc<Unit>> = self.units().values().cloned().collect();
        let mut stopping = tokio::task::JoinSet::new();
        for unit in units {
            let machine = machine.clone();
            stopping.spawn(async move { machine.services.stop_after_dependents(&machine, &unit).await });
        }
        while stopping.join_next().await.is_some() {}
    }

    async fn stop_after_dependents(&self, machine: &Machine, unit: &Unit) {
        let dependents = || -> Vec<Arc<Unit>> {
            let needs = |other: &&Arc<Unit>| other.definition().depends_on.contains(&unit.definition().id);
            self.units().values().filter(needs).filter(|other| other.is_active()).cloned().collect()
        };
        let patience = tokio::time::timeout(DEPENDENTS, self.until(|| dependents().is_empty()));
        if patience.await.is_err() {
            let waiting: Vec<String> = dependents()
                .iter()
                .map(|other| format!("service {:?} to be \"down\"", other.definition().id))
                .collect();
            let text = format!("gave up on {} while stopping {:?}", waiting.join(", "), unit.definition().id);
            machine.console.line(&text);
        }
        unit.stop();
        self.until(|| !unit.is_active()).await;
    }

    /// Waits until something holds that depends on services alone.
    pub async fn until(&self, holds: impl Fn() -> bool) {
        let mut changes = self.changes.subscribe();
        while !holds() {
            // The sender lives as long as this.
            let _ = changes.changed().await;
        }
    }

    /// Tells that something about a service changed.
    fn changed(&self) {
        self.changes.send_modify(|()| {});
    }

    /// Hears of every change of a state or of health.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Ids of all that are known, sorted.
    pub fn ids(&self) -> BTreeSet<&'static str> {
        self.units().keys().copied().collect()
    }

    /// State and health of a service; `None` if it is not known.
    pub fn state(&self, id: &str) -> Option<(State, HealthState)> {
        self.unit(id).map(|unit| unit.state())
    }

    /// Whether a service runs and is well, or has done its work. `None` if it is not known.
    pub fn is_up(&self, id: &str) -> Option<bool> {
        self.unit(id).map(|unit| unit.is_up())
    }

    /// All about all services, sorted by id.
    pub fn list(&self) -> Vec<ServiceInfo> {
        let units: Vec<Arc<Unit>> = self.units().values().cloned().collect();
        units.iter().map(|unit| unit.describe()).collect()
    }

    /// Does what a client wants. What is so already is done.
    ///
    /// # Errors
    /// When there is no such service, or clients may not do that with it.
    pub async fn act(&self, action: Action, id: &str) -> Result<(), ServiceError> {
        let unit = self.unit(id).ok_or_else(|| ServiceError::NotDefined { id: id.to_owned() })?;
        let is_active = unit.is_active();
        let is_so = match action {
            Action::Start => is_active,
            Action::Stop => !is_active,
            Action::Restart => false,
        };
        if is_so {
            return Ok(());
        }
        let action = if is_active { action } else { Action::Start };
        if !unit.definition().actions.contains(&action) {
            return Err(ServiceError::NotAllowed { id: id.to_owned(), action: action.name() });
        }
        if is_active {
            self.stop(&[id]).await;
        }
        if action == Action::Stop { Ok(()) } else { self.start(id) }
    }
}
