//! A configuration that is tried: unless it is confirmed, the one before it comes back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::machine::Machine;
use crate::machine_config::MachineConfig;

/// The trial of a machine, if there is one.
#[derive(Debug, Default)]
pub struct Trial(Mutex<Option<Running>>);

#[derive(Debug)]
struct Running {
    before: MachineConfig,
    end: CancellationToken,
}

impl Trial {
    /// Ends a trial: the configuration that is in force stays.
    pub fn end(&self) {
        if let Some(running) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            running.end.cancel();
        }
    }

    /// Brings the configuration that is in force now back after a while. If one is tried already, that is the one before it.
    pub fn begin(&self, machine: &Arc<Machine>, duration: Duration) {
        let Some(config) = machine.config() else { return };
        let (before, end) = {
            let mut trial = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let before = match trial.take() {
                Some(running) => {
                    running.end.cancel();
                    running.before
                }
                None => config,
            };
            let end = CancellationToken::new();
            *trial = Some(Running { before: before.clone(), end: end.clone() });
            (before, end)
        };
        let tried = machine.clone();
        machine.spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(duration) => {}
                // Cancel-safe: it only looks.
                () = end.cancelled() => return,
            }
            // Whoever ends the trial in this very moment waits, or has ended it.
            let mut trial = tried.trial.0.lock().unwrap_or_else(PoisonError::into_inner);
            if end.is_cancelled() {
                return;
            }
            *trial = None;
            tried.console.line("rolling back the configuration");
            // Nobody else owns it.
            if let Err(error) = tried.store.put(&MachineConfig::reference(MachineConfig::ACTIVE), "", before) {
                tried.console.line(&format!("config rollback failed: {error}"));
            }
        });
    }
}
