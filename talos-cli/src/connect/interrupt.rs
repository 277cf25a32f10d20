//! Ctrl-C and the signal that asks a process to end.

use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::pin::pin;
use std::process;
use std::sync::OnceLock;
use std::task::Poll;
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
                    .spawn(move || {
                        // Without it Ctrl-C ends the process, which is what it is for.
                        let _ = runtime.block_on(count(&sender));
                    })
                    .context("error listening for signals")?;
                SIGNALS.get_or_init(|| receiver).clone()
            }
        };
        let before = *signals.borrow();
        Ok(Self { signals, before })
    }

    /// Whether it has come.
    pub(crate) fn is_set(&self) -> bool {
        *self.signals.borrow() > self.before
    }

    /// Waits for it. Whoever waits sees it as soon as [`is_set`](Self::is_set) does.
    pub(crate) async fn wait(&self) {
        let mut signals = self.signals.clone();
        let before = self.before;
        let mut deaf = false;
        let mut changed = pin!(signals.wait_for(move |signals| *signals > before));
        poll_fn(|cx| {
            // Waiters are told one after the other, and the state may be ahead of the telling.
            if self.is_set() {
                return Poll::Ready(());
            }
            if !deaf && let Poll::Ready(outcome) = changed.as_mut().poll(cx) {
                // When nobody listens any more, nothing will come.
                deaf = outcome.is_err();
                return if deaf { Poll::Pending } else { Poll::Ready(()) };
            }
            Poll::Pending
        })
        .await;
    }
}

async fn count(sender: &watch::Sender<u64>) -> io::Result<()> {
    let mut signals = Signals::new()?;
    loop {
        signals.next().await?;
        if *sender.borrow() > 0 {
            #[expect(clippy::exit, reason = "the user wants the process to end, whatever it does")]
            process::exit(ABORTED);
        }
        // Before the others learn of it, because the process may end right then. Nobody may be reading.
        let _ = writeln!(io::stderr(), "Signal received, aborting, press Ctrl+C once again to abort immediately...");
        sender.send_modify(|signals| *signals += 1);
    }
}

/// The signals that ask a process to end.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> io::Result<()> {
        tokio::select! {
            _ = self.interrupt.recv() => Ok(()),
            _ = self.terminate.recv() => Ok(()),
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> io::Result<()> {
        tokio::signal::ctrl_c().await
    }
}
