//! Ctrl-C and the signal that asks a process to end.

use std::io::{self, Write};
use std::process;
use std::sync::OnceLock;
use std::thread;

use anyhow::Context as _;
use tokio::sync::watch;

/// Exit status of a process that a second Ctrl-C ended, as shells report the signal.
const ABORTED: i32 = 130;

/// Tells the parts of one run that the user wants it to end.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    /// Number of signals so far, those before this run included.
    signals: watch::Receiver<u64>,
    before: u64,
}

impl Interrupt {
    /// Starts to listen. From now on the first signal ends calls instead of the process; a second one ends the process.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        static SIGNALS: OnceLock<watch::Receiver<u64>> = OnceLock::new();
        let signals = match SIGNALS.get() {
            Some(signals) => signals.clone(),
            None => {
                let (sender, receiver) = watch::channel(0);
                // A thread of its own hears signals while the other one is stuck in writing to a full pipe.
                let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
                let runtime = runtime.context("error listening for signals")?;
                thread::Builder::new()
                    .name("signals".into())
                    .spawn(move || runtime.block_on(count(&sender)))
                    .context("error listening for signals")?;
                SIGNALS.get_or_init(|| receiver).clone()
            }
        };
        let before = *signals.borrow();
        Ok(Self { signals, before })
    }

    /// An interruption that never comes.
    #[cfg(test)]
    pub(crate) fn never() -> (watch::Sender<u64>, Self) {
        let (sender, signals) = watch::channel(0);
        (sender, Self { signals, before: 0 })
    }

    /// Whether it has come.
    pub(crate) fn is_set(&self) -> bool {
        *self.signals.borrow() > self.before
    }

    /// Waits for it.
    pub(crate) async fn wait(&self) {
        let before = self.before;
        if self.signals.clone().wait_for(|signals| *signals > before).await.is_err() {
            // Nobody listens any more, so nothing will come.
            std::future::pending::<()>().await;
        }
    }
}

async fn count(sender: &watch::Sender<u64>) {
    while signal().await.is_ok() {
        let mut first = true;
        sender.send_modify(|signals| {
            first = *signals == 0;
            *signals += 1;
        });
        if !first {
            #[expect(clippy::exit, reason = "the user wants the process to end, whatever it does")]
            process::exit(ABORTED);
        }
        // Nobody may be reading.
        let _ = writeln!(io::stderr(), "Signal received, aborting, press Ctrl+C once again to abort immediately...");
    }
}

#[cfg(unix)]
async fn signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
