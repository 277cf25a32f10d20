//! A whole node: its machine, its controllers, its way from start to stop.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use talos_api::resources::Kind;
use talos_api::resources::v1alpha1::{AcquireConfigSpecSpec, AcquireConfigSpecs, AcquireConfigStatuses};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::console::{Console, Value};
use crate::cosi::controller::Failure;
use crate::cosi::engine::{Edge, Log, RegistrationError};
use crate::cosi::{Engine, Reference};
use crate::machine::Machine;
use crate::machine_config::MachineConfig;
use crate::server::access;
use crate::state;
use crate::{apid, controllers, trustd};

/// A node that runs. Dropping it stops it.
#[derive(Debug)]
pub struct Node {
    machine: Arc<Machine>,
    stop: CancellationToken,
    engine: JoinHandle<()>,
    services: Vec<JoinHandle<()>>,
}

/// Why a node cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Two controllers cannot be together: a fault of this program.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// A resource cannot be written: a fault of this program.
    #[error(transparent)]
    Store(#[from] crate::cosi::Error),
}

/// Failures of controllers go to the console.
struct ControllerLog(Console);

impl Log for ControllerLog {
    fn failed(&self, controller: &'static str, failure: &(dyn std::error::Error + Send + Sync), _: Duration) {
        let text = failure.to_string();
        self.0.controller(controller, "controller failed", &[("error", Value::Text(&text))]);
    }
}

impl Node {
    /// Starts a node inside of the running tokio runtime. It goes on by itself; nothing is waited for.
    ///
    /// # Errors
    /// Only for faults of this program.
    pub fn start(machine: Arc<Machine>) -> Result<Self, StartError> {
        let mut engine = Engine::new(machine.store.clone(), ControllerLog(machine.console.clone()));
        controllers::register(&mut engine, &machine)?;
        let written = engine.graph().into_iter().filter_map(|edge| match edge {
            Edge::Output(_, output) => Some(output.type_name),
            Edge::Input(..) => None,
        });
        // Two types are written without a controller.
        let written: Vec<&str> = written
            .chain([
                AcquireConfigSpecs::DEFINITION.type_name,
                talos_api::resources::config::MachineConfigs::DEFINITION.type_name,
            ])
            .collect();
        access::describe(&machine.store, written)?;
        let acquire = Reference::new(
            AcquireConfigSpecs::DEFINITION.namespace,
            AcquireConfigSpecs::DEFINITION.type_name,
            "acquire",
        );
        machine.store.put(&acquire, "", AcquireConfigSpecSpec {})?;
        let stop = CancellationToken::new();
        let engine = tokio::spawn(engine.serve(stop.clone()));
        let services = vec![
            tokio::spawn(keep("apid", apid::serve, machine.clone(), stop.clone())),
            tokio::spawn(keep("trustd", trustd::serve, machine.clone(), stop.clone())),
        ];
        Ok(Self { machine, stop, engine, services })
    }

    /// What its parts share.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Waits until it has a complete configuration, and keeps that if the configuration wants it.
    ///
    /// # Errors
    /// When the configuration cannot be kept.
    pub async fn configured(&self) -> io::Result<MachineConfig> {
        let status = Reference::new(
            AcquireConfigStatuses::DEFINITION.namespace,
            AcquireConfigStatuses::DEFINITION.type_name,
            "acquire",
        );
        let mut watch = self.machine.store.watch(&status, 0);
        let reference = MachineConfig::reference(MachineConfig::ACTIVE);
        loop {
            watch.next().await;
            let config = self.machine.store.get(&status).and_then(|_| self.machine.store.get(&reference));
            let Some(config) = config.ok().and_then(|config| config.spec::<MachineConfig>().cloned()) else { continue };
            if config.container().persist() {
                state::save(&self.machine.settings.state, state::CONFIG, &config.container().bytes())?;
            }
            return Ok(config);
        }
    }

    /// Stops it, and waits until nothing of it is at work.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // It ends by itself; a panic of a controller was told already.
        let _ = (&mut self.engine).await;
        for service in &mut self.services {
            let _ = service.await;
        }
    }
}

/// Runs a service; after a failure, again.
async fn keep<F>(
    name: &str,
    serve: fn(Arc<Machine>, CancellationToken) -> F,
    machine: Arc<Machine>,
    stop: CancellationToken,
) where
    F: Future<Output = Result<(), Failure>>,
{
    while let Err(failure) = serve(machine.clone(), stop.clone()).await {
        machine.console.line(&format!("{name}: failed, and is started again in 5 s: {failure}"));
        tokio::select! {
            () = tokio::time::sleep(RESTART) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Pause before a service that failed is started again.
const RESTART: Duration = Duration::from_secs(5);

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
