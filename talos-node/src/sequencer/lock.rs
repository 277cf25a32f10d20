use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{PATIENCE, Sequence};

/// Why a sequence does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another one runs.
    #[error("locked")]
    Locked,
    /// The other one did not end.
    #[error("failed to acquire lock: timeout")]
    Timeout,
}

/// Held by the sequence that runs.
#[derive(Clone, Default)]
pub(super) struct Lock(Arc<Shared>);

#[derive(Default)]
struct Shared {
    running: Mutex<Option<Running>>,
    released: Notify,
}

struct Running {
    name: &'static str,
    stop: CancellationToken,
}

/// The lock, while it is held.
pub(super) struct Held {
    lock: Lock,
    stop: CancellationToken,
}

impl Held {
    /// Cancelled when another sequence takes over.
    pub(super) fn stop(&self) -> &CancellationToken {
        &self.stop
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        *self.lock.running() = None;
        self.lock.0.released.notify_waiters();
    }
}

impl Lock {
    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lock for a sequence. What runs is cancelled if the sequence may take over, and waited for.
    pub(super) async fn take(&self, sequence: &Sequence, takes_over: bool) -> Result<Held, LockError> {
        let waiting = async {
            loop {
                let released = self.0.released.notified();
                tokio::pin!(released);
                // Registered before the look: a release in between is not missed.
                released.as_mut().enable();
                match &mut *self.running() {
                    free @ None => {
                        let stop = CancellationToken::new();
                        *free = Some(Running { name: sequence.name(), stop: stop.clone() });
                        return Ok(Held { lock: self.clone(), stop });
                    }
                    Some(running) if takes_over || sequence.may_take_over(running.name) => running.stop.cancel(),
                    Some(_) => return Err(LockError::Locked),
                }
                released.await;
            }
        };
        timeout(PATIENCE, waiting).await.unwrap_or(Err(LockError::Timeout))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Reset, Shutdown};
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn some_may_take_over() {
        let sequences = || {
            [
                Sequence::Boot,
                Sequence::Initialize,
                Sequence::Reboot,
                Sequence::Reset(Reset::default()),
                Sequence::Install,
            ]
        };
        let cases = [
            (Sequence::Reboot, [true, false, true, true, false]),
            (Sequence::Reset(Reset::default()), [true, false, false, false, false]),
            (Sequence::Shutdown(Shutdown::default()), [false; 5]),
        ];
        for (wanted, expected) in cases {
            for (running, expected) in sequences().into_iter().zip(expected) {
                let lock = Lock::default();
                let held = lock.take(&running, false).await.unwrap();
                let stop = held.stop().clone();
                tokio::spawn(async move {
                    held.stop().cancelled().await;
                    drop(held);
                });
                let taken = lock.take(&wanted, false).await;
                assert_eq!(taken.is_ok(), expected, "{} over {}", wanted.name(), running.name());
                assert_eq!(stop.is_cancelled(), expected);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_let_go_is_not_waited_for_for_ever() {
        let lock = Lock::default();
        let _held = lock.take(&Sequence::Boot, false).await.unwrap();
        let error = lock.take(&Sequence::Reboot, true).await.err().unwrap();
        assert_eq!(error.to_string(), "failed to acquire lock: timeout");
    }
}
