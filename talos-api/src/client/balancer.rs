//! Which connection a call takes.
//!
//! All endpoints are dialled at once when the first call comes. Calls go round over those that are connected; one that
//! is down costs nothing while another answers. When all are down a call fails at once with the text of the last
//! failure, and an endpoint is dialled again after a back-off that grows from 1 s to 2 min.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use http::uri::Authority;
use rustls::ClientConfig;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tonic::Status;

use super::dial::{DialError, Dialed, Driver, dial};
use super::endpoint::Endpoint;
use super::line::Line;

const FIRST_DELAY: Duration = Duration::from_secs(1);
const DELAY_FACTOR: f64 = 1.6;
const DELAY_JITTER: f64 = 0.2;
const LONGEST_DELAY: Duration = Duration::from_secs(120);

/// The endpoints of a client and their connections.
pub(crate) struct Balancer {
    endpoints: Box<[Endpoint]>,
    config: Option<Arc<ClientConfig>>,
    slots: Box<[Mutex<Slot>]>,
    /// Wakes calls that wait for a connection attempt.
    changed: Notify,
    /// Position of the next call.
    turn: AtomicUsize,
    /// Number of connections made so far.
    made: AtomicUsize,
    /// Source of jitter: the library draws no randomness of its own.
    seed: AtomicUsize,
}

/// A connection to send on.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<Bytes>,
    pub(crate) peer: SocketAddr,
    pub(crate) authority: Authority,
    pub(crate) line: Arc<Line>,
    /// Tells it from an earlier connection to the same endpoint.
    id: usize,
}

#[derive(Default)]
struct Slot {
    state: State,
    /// Failed attempts since the last connection.
    failures: u32,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Connecting(AbortHandle),
    Ready(Connection),
    Failed {
        error: DialError,
        retry: Instant,
    },
}

/// What a look at all endpoints gives.
enum Pick {
    Ready(Connection),
    Wait,
    Down(DialError),
}

impl Balancer {
    /// Endpoints are used in an order that `seed` decides; 0 keeps the given one.
    pub(crate) fn new(mut endpoints: Vec<Endpoint>, config: Option<Arc<ClientConfig>>, seed: u64) -> Arc<Self> {
        if seed != 0 {
            shuffle(&mut endpoints, seed);
        }
        Arc::new(Self {
            slots: endpoints.iter().map(|_| Mutex::default()).collect(),
            endpoints: endpoints.into(),
            config,
            changed: Notify::new(),
            turn: AtomicUsize::new(0),
            made: AtomicUsize::new(0),
            seed: AtomicUsize::new(seed as usize),
        })
    }

    /// A connection for the next call.
    ///
    /// # Errors
    /// `Unavailable` when no endpoint can be reached.
    pub(crate) async fn connection(self: &Arc<Self>) -> Result<Connection, Status> {
        loop {
            // Registered before looking, so that no change is missed.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            match self.pick() {
                Pick::Ready(connection) => return Ok(connection),
                Pick::Wait => changed.await,
                Pick::Down(error) => return Err(self.down(&error)),
            }
        }
    }

    /// Forgets a connection that turned out to be closed.
    pub(crate) fn forget(&self, connection: &Connection) {
        for slot in &self.slots {
            let mut slot = lock(slot);
            slot.forget(connection.id);
        }
    }

    fn pick(self: &Arc<Self>) -> Pick {
        let count = self.slots.len();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let now = Instant::now();
        let mut ready = None;
        let mut waiting = false;
        let mut failure = None;
        for place in (0..count).map(|step| (turn + step) % count) {
            let mut slot = lock(&self.slots[place]);
            match &slot.state {
                State::Ready(connection) if ready.is_none() => ready = Some(connection.clone()),
                State::Ready(_) => {}
                State::Connecting(_) => waiting = true,
                State::Failed { error, retry } if now < *retry => failure = Some(error.clone()),
                State::Idle | State::Failed { .. } => {
                    slot.state = State::Connecting(self.start(place));
                    waiting = true;
                }
            }
        }
        match (ready, waiting, failure) {
            (Some(connection), ..) => Pick::Ready(connection),
            (None, true, _) => {
                // The turn was not used: who waits takes the first that is ready.
                self.turn.fetch_sub(1, Ordering::Relaxed);
                Pick::Wait
            }
            (None, false, failure) => {
                Pick::Down(failure.expect("an endpoint that is not ready and not dialled failed"))
            }
        }
    }

    /// Dials in a task of its own, which then moves the bytes of the connection.
    fn start(self: &Arc<Self>, place: usize) -> AbortHandle {
        let balancer = Arc::downgrade(self);
        let endpoint = self.endpoints[place].clone();
        let config = self.config.clone();
        let task = async move {
            let outcome = dial(&endpoint, config).await;
            let driver = match balancer.upgrade() {
                Some(balancer) => balancer.dialed(place, &endpoint, outcome),
                None => return,
            };
            if let Some((id, driver)) = driver {
                // Why it ended is told to the calls that were on it.
                let _ = driver.await;
                if let Some(balancer) = balancer.upgrade() {
                    lock(&balancer.slots[place]).forget(id);
                }
            }
        };
        tokio::spawn(task).abort_handle()
    }

    fn dialed(&self, place: usize, endpoint: &Endpoint, outcome: Result<Dialed, DialError>) -> Option<(usize, Driver)> {
        let mut slot = lock(&self.slots[place]);
        let driver = match outcome {
            Ok(dialed) => {
                let id = self.made.fetch_add(1, Ordering::Relaxed);
                let Dialed { sender, peer, line, driver } = dialed;
                slot.failures = 0;
                slot.state = State::Ready(Connection { sender, peer, authority: endpoint.authority(), line, id });
                Some((id, driver))
            }
            Err(error) => {
                let retry = Instant::now() + self.delay(slot.failures);
                slot.failures = slot.failures.saturating_add(1);
                slot.state = State::Failed { error, retry };
                None
            }
        };
        drop(slot);
        self.changed.notify_waiters();
        driver
    }

    fn down(&self, error: &DialError) -> Status {
        // With several endpoints the text says that it is one of several failures.
        let prefix = if self.endpoints.len() > 1 { "last connection error: " } else { "" };
        Status::unavailable(format!("{prefix}{}", error.text()))
    }

    fn delay(&self, failures: u32) -> Duration {
        let delay =
            (FIRST_DELAY.as_secs_f64() * DELAY_FACTOR.powi(failures.min(64) as i32)).min(LONGEST_DELAY.as_secs_f64());
        let draw = mix(self.seed.fetch_add(1, Ordering::Relaxed) as u64) as f64 / u64::MAX as f64;
        Duration::from_secs_f64(delay * (1.0 + DELAY_JITTER * (2.0 * draw - 1.0)))
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        for slot in &self.slots {
            // Established connections end by themselves, after the streams on them.
            if let State::Connecting(task) = &lock(slot).state {
                task.abort();
            }
        }
    }
}

impl Slot {
    /// Gives up the connection with this id, if it is still the current one.
    fn forget(&mut self, id: usize) {
        if matches!(&self.state, State::Ready(connection) if connection.id == id) {
            self.state = State::Idle;
        }
    }
}

fn lock(slot: &Mutex<Slot>) -> MutexGuard<'_, Slot> {
    slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Puts endpoints into an order that depends on the seed alone.
fn shuffle(endpoints: &mut [Endpoint], seed: u64) {
    for last in (1..endpoints.len()).rev() {
        let draw = mix(seed.wrapping_add(last as u64)) % (last as u64 + 1);
        endpoints.swap(last, draw as usize);
    }
}

/// One step of the splitmix64 generator.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn endpoints() -> Vec<Endpoint> {
        ["a", "b", "c"].map(Endpoint::parse).to_vec()
    }

    #[test]
    fn a_seed_decides_the_order_and_zero_keeps_it() {
        assert_eq!(*Balancer::new(endpoints(), None, 0).endpoints, endpoints());
        let orders: BTreeSet<String> =
            (1..100).map(|seed| format!("{:?}", Balancer::new(endpoints(), None, seed).endpoints)).collect();
        assert_eq!(orders.len(), 6, "all orders of three occur");
        let once = &Balancer::new(endpoints(), None, 7).endpoints;
        assert_eq!(*once, Balancer::new(endpoints(), None, 7).endpoints);
    }

    #[test]
    fn delays_grow_to_a_cap_and_vary() {
        let balancer = Balancer::new(endpoints(), None, 3);
        for (failures, base) in [(0, 1.0), (1, 1.6), (2, 2.56), (30, 120.0), (u32::MAX, 120.0)] {
            for _ in 0..50 {
                let delay = balancer.delay(failures).as_secs_f64();
                assert!((base * 0.8..=base * 1.2).contains(&delay), "{failures}: {delay}");
            }
        }
        assert_ne!(balancer.delay(0), balancer.delay(0));
    }
}
