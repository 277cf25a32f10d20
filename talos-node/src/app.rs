//! A whole node: its machine, from being switched on to being switched off, as often as it is restarted.

use std::sync::Arc;
use std::time::Duration;

use talos_api::resources::Kind;
use talos_api::resources::runtime::MetaKeys;
use talos_api::resources::v1alpha1::AcquireConfigSpecs;
use talos_api::server::failure::chain;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::console::{Console, Value};
use crate::controllers;
use crate::cosi::Engine;
use crate::cosi::engine::{Edge, Log, RegistrationError};
use crate::machine::Machine;
use crate::sequencer::{Leave, Sequence, SequenceError, Shutdown};
use crate::server::access;
use crate::server::runtime::meta;
use crate::service::APID;

/// A node that runs. Dropping it is pulling its plug.
#[derive(Debug)]
pub struct Node {
    machine: watch::Receiver<Arc<Machine>>,
    plug: CancellationToken,
    life: JoinHandle<Result<Leave, LifeError>>,
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

/// Why a node ended that nobody ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LifeError {
    /// It could not be started again.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It could not do what a machine does when it is switched on.
    #[error(transparent)]
    Sequence(#[from] SequenceError),
    /// A part of it panicked.
    #[error("a part of the node panicked")]
    Panic,
}

/// Failures of controllers go to the console.
struct ControllerLog(Console);

impl Log for ControllerLog {
    fn failed(&self, controller: &'static str, failure: &(dyn std::error::Error + Send + Sync), _: Duration) {
        let text = match failure.source() {
            Some(cause) => format!("{failure}: {}", chain(cause)),
            None => failure.to_string(),
        };
        self.0.controller(controller, "controller failed", &[("error", Value::Text(&text))]);
    }
}

/// The controllers of a machine, which has then told of all types of resources that they write.
fn engine(machine: &Arc<Machine>) -> Result<Engine, StartError> {
    let mut engine = Engine::new(machine.store.clone(), ControllerLog(machine.console.clone()));
    controllers::register(&mut engine, machine)?;
    let graph = engine.graph();
    let written = graph.iter().filter_map(|edge| match edge {
        Edge::Output(_, output) => Some(output.type_name),
        Edge::Input(..) => None,
    });
    // Two types are written without a controller.
    let others =
        [AcquireConfigSpecs::DEFINITION.type_name, talos_api::resources::config::MachineConfigs::DEFINITION.type_name];
    // And one more by clients.
    let kept = meta::is_there(machine.mode()).then_some(MetaKeys::DEFINITION.type_name);
    access::describe(&machine.store, written.chain(others).chain(kept).collect::<Vec<_>>())?;
    if kept.is_some() {
        meta::tell(machine)?;
    }
    // Whoever looks at dependencies later finds them here.
    machine.set_graph(graph);
    Ok(engine)
}

impl Node {
    /// Starts a node inside of the running tokio runtime. It goes on by itself; nothing is waited for.
    ///
    /// # Errors
    /// Only for faults of this program.
    pub fn start(machine: Arc<Machine>) -> Result<Self, StartError> {
        let engine = engine(&machine)?;
        let plug = CancellationToken::new();
        let (current, receiver) = watch::channel(machine);
        let life = tokio::spawn(live(current, engine, plug.clone()));
        Ok(Self { machine: receiver, plug, life })
    }

    /// What its parts share, until it is restarted; then there is another one.
    pub fn machine(&self) -> Arc<Machine> {
        self.machine.borrow().clone()
    }

    /// Shuts it down as a machine is that somebody switches off by its button: services end, whatever else it was doing.
    ///
    /// # Errors
    /// When it had ended already by a failure.
    pub async fn shutdown(mut self) -> Result<Leave, LifeError> {
        let machine = self.machine();
        machine.console.line("shutdown via SIGTERM received");
        let force = Sequence::Shutdown(Shutdown { force: true });
        if let Err(error) = machine.sequencer.run(&machine, force, "", true).await {
            machine.console.line(&format!("shutdown failed: {error}"));
            self.plug.cancel();
        }
        self.wait().await
    }

    /// Waits until it is left: switched off by a client, or failed. It goes on when that is given up.
    ///
    /// # Errors
    /// Why it failed.
    pub async fn wait(&mut self) -> Result<Leave, LifeError> {
        (&mut self.life).await.unwrap_or(Err(LifeError::Panic))
    }

    /// Pulls the plug, and waits until nothing of it is at work.
    pub async fn stop(mut self) {
        self.plug.cancel();
        // What it came to does not matter.
        let _ = (&mut self.life).await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.plug.cancel();
    }
}

/// A machine's life: it is switched on, left, and switched on again for as long as it is only restarted.
async fn live(
    current: watch::Sender<Arc<Machine>>,
    mut engine: Engine,
    plug: CancellationToken,
) -> Result<Leave, LifeError> {
    loop {
        let machine = current.borrow().clone();
        let engine_task = tokio::spawn(engine.serve(machine.stop().clone()));
        let left = tokio::select! {
            left = machine.sequencer.left() => Ok(left),
            failed = boot(&machine) => Err(failed),
            // Cancel-safe: it only looks.
            () = plug.cancelled() => Ok(Leave::PowerOff),
        };
        if let Err(failure) = &left {
            machine.console.line(&failure.to_string());
        }
        if !plug.is_cancelled() {
            machine.services.stop_all().await;
        }
        machine.switch_off().await;
        // It ends by itself; a panic of a controller was told already.
        let _ = engine_task.await;
        match left? {
            Leave::Restart if !plug.is_cancelled() => {
                let machine = machine.switched_on_again();
                engine = self::engine(&machine)?;
                current.send_replace(machine);
            }
            leave => return Ok(leave),
        }
    }
}

/// What a machine does when it is switched on. Returns only with a failure.
async fn boot(machine: &Arc<Machine>) -> SequenceError {
    let outcome = async {
        machine.sequencer.run(machine, Sequence::Initialize, "", false).await?;
        machine.sequencer.run(machine, Sequence::Install, "", false).await?;
        machine.services.load_and_start(&[&APID]);
        machine.sequencer.run(machine, Sequence::Boot, "", false).await
    };
    match outcome.await {
        // Another sequence that took over, or that was first, decides how it goes on.
        Ok(()) | Err(SequenceError::Cancelled { .. } | SequenceError::NotStarted(_)) => std::future::pending().await,
        Err(failure) => failure,
    }
}
