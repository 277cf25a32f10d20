//! What is known about a connection beside HTTP/2: when its peer was last heard, whether anybody waits for it, and why it
//! was lost.
//!
//! A peer that vanished is found by TCP, one that hangs is not: while calls wait and nothing comes, it is asked for a
//! sign of life. Nodes end connections that ask more often than every five minutes, but for the first few times.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use h2::{Ping, PingPong};
use tokio::time::{Instant, Sleep, sleep};

/// A peer may be silent this long before it is asked.
const SILENCE: Duration = Duration::from_secs(20);

/// It may take this long to answer.
const ANSWER: Duration = Duration::from_secs(20);

/// Between two questions; a little more than nodes ask for.
const BETWEEN: Duration = Duration::from_secs(301);

/// One connection, as those see it who do not move its bytes.
#[derive(Debug)]
pub(crate) struct Line {
    begun: Instant,
    /// Milliseconds from the beginning to the last byte of the peer.
    heard: AtomicU64,
    /// Number of calls that wait for the peer.
    calls: AtomicUsize,
    loss: OnceLock<Loss>,
}

/// Why a connection was lost, where HTTP/2 does not tell.
#[derive(Debug)]
pub(crate) enum Loss {
    /// The stream below failed, in words for people.
    Stream(String),
    /// The peer gave no sign of life.
    Silent,
}

/// Stands for a call that waits for the peer.
#[derive(Debug)]
pub(crate) struct Waiting(Arc<Line>);

impl Line {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            heard: AtomicU64::new(0),
            calls: AtomicUsize::new(0),
            loss: OnceLock::new(),
        })
    }

    /// Takes note of bytes from the peer.
    pub(crate) fn hear(&self) {
        self.heard.store(self.begun.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Takes note of an end. Only the first counts.
    pub(crate) fn lose(&self, loss: Loss) {
        let _ = self.loss.set(loss);
    }

    /// Why it was lost, if that is known.
    pub(crate) fn loss(&self) -> Option<&Loss> {
        self.loss.get()
    }

    /// Takes note of a call, until what is returned is dropped.
    pub(crate) fn wait(self: &Arc<Self>) -> Waiting {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Waiting(self.clone())
    }

    fn heard(&self) -> Instant {
        self.begun + Duration::from_millis(self.heard.load(Ordering::Relaxed))
    }

    fn is_waited_for(&self) -> bool {
        self.calls.load(Ordering::Relaxed) > 0
    }
}

impl Waiting {
    /// Why the connection was lost, if that is known.
    pub(crate) fn loss(&self) -> Option<&Loss> {
        self.0.loss()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Asks a silent peer for a sign of life.
pub(crate) struct Keepalive {
    line: Arc<Line>,
    pings: PingPong,
    timer: Pin<Box<Sleep>>,
    asked: Option<Instant>,
    is_asking: bool,
}

impl Keepalive {
    pub(crate) fn new(line: Arc<Line>, pings: PingPong) -> Self {
        Self { line, pings, timer: Box::pin(sleep(SILENCE)), asked: None, is_asking: false }
    }

    /// Ready when the peer owes an answer for too long.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            // The connection's own end shows elsewhere.
            if self.is_asking && self.pings.poll_pong(cx).is_ready() {
                self.is_asking = false;
                let due = self.due();
                self.timer.as_mut().reset(due);
            }
            ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            if self.is_asking {
                // Bytes on the way count, too: a slow line delays the answer.
                let due = self.line.heard() + ANSWER;
                if due <= now {
                    self.line.lose(Loss::Silent);
                    return Poll::Ready(());
                }
                self.timer.as_mut().reset(due);
                continue;
            }
            let due = if self.line.is_waited_for() { self.due() } else { now + SILENCE };
            if due <= now && self.pings.send_ping(Ping::opaque()).is_ok() {
                self.is_asking = true;
                self.asked = Some(now);
                self.timer.as_mut().reset(now + ANSWER);
            } else {
                self.timer.as_mut().reset(due.max(now + Duration::from_secs(1)));
            }
        }
    }

    /// When to ask next, unless the peer is heard before.
    fn due(&self) -> Instant {
        let silent = self.line.heard() + SILENCE;
        self.asked.map_or(silent, |asked| silent.max(asked + BETWEEN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection whose peer answers pings as long as it is driven.
    async fn connect() -> (h2::client::SendRequest<bytes::Bytes>, Arc<Line>, tokio::io::DuplexStream, Keepalive) {
        let (near, far) = tokio::io::duplex(1 << 16);
        let (sender, mut connection) = h2::client::handshake(near).await.unwrap();
        let line = Line::new();
        let keepalive = Keepalive::new(line.clone(), connection.ping_pong().unwrap());
        tokio::spawn(connection);
        (sender, line, far, keepalive)
    }

    async fn lost(keepalive: &mut Keepalive) -> Duration {
        let before = Instant::now();
        std::future::poll_fn(|cx| keepalive.poll(cx)).await;
        before.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_hangs_is_lost_while_a_call_waits() {
        let (_sender, line, _far, mut keepalive) = connect().await;
        let idle = tokio::time::timeout(Duration::from_secs(7200), lost(&mut keepalive)).await;
        assert!(idle.is_err(), "nobody waits for anything");
        let waiting = line.wait();
        let after = lost(&mut keepalive).await;
        assert!(after <= SILENCE + ANSWER + Duration::from_secs(1), "{after:?}");
        assert!(matches!(waiting.loss(), Some(Loss::Silent)));
        drop(waiting);
        assert!(!line.is_waited_for());
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_answers_is_asked_seldom() {
        let (_sender, line, far, mut keepalive) = connect().await;
        let _waiting = line.wait();
        tokio::spawn(async move {
            let mut connection = h2::server::handshake(far).await.unwrap();
            // It answers pings while it waits for calls.
            connection.accept().await.is_none()
        });
        let outcome = tokio::time::timeout(Duration::from_secs(1000), lost(&mut keepalive)).await;
        assert!(outcome.is_err(), "the peer answers");
        let asked = keepalive.asked.unwrap() - line.begun;
        // At 20 s, 321 s, 622 s, 923 s.
        assert_eq!(asked.as_secs(), (SILENCE + 3 * BETWEEN).as_secs());
    }
}
