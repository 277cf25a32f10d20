//! What happens on a machine, for whoever wants to hear of it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prost::Message;
use prost_types::Any;
use talos_api::events::{EventPayload, TYPE_PREFIX};
use talos_api::proto::machine::RestartEvent;
use talos_pki::{Random, random};
use tokio::sync::watch;

use crate::machine::{SharedClock, SharedRandom};

/// Events that are remembered.
const CAPACITY: usize = 1000;

/// Of those, the oldest are not given to new readers: they may be gone before they were read.
const GAP: usize = 10;

/// Bytes of an id before it becomes text.
const ID: usize = 12;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Sorts by time: 20 letters and digits.
    pub id: String,
    /// Who caused it; empty for the machine itself.
    pub actor: String,
    /// When.
    pub at: SystemTime,
    /// What: a message and its type.
    pub data: Any,
}

/// Where a reader starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    /// With what happens next.
    Nothing,
    /// With that many events of the past.
    Last(usize),
    /// With all that are remembered.
    All,
    /// Right after an event.
    After(EventId),
    /// With what happened since a moment.
    Since(SystemTime),
}

/// Id of an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId([u8; ID]);

/// A text that is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("xid: invalid ID")]
pub struct InvalidId;

/// The events of a machine. Clones are the same.
#[derive(Clone)]
pub struct Events(Arc<Shared>);

struct Shared {
    clock: SharedClock,
    random: SharedRandom,
    ring: Mutex<Ring>,
    /// Changes with each event; closed with the last one.
    published: watch::Sender<bool>,
}

/// The last events, and how many there were before them.
#[derive(Default)]
struct Ring {
    events: VecDeque<(EventId, Arc<Event>)>,
    gone: usize,
    /// What is equal in all ids of a machine, and a counter.
    origin: Option<[u8; 5]>,
    counter: u32,
}

impl Events {
    /// No events yet.
    pub fn new(clock: SharedClock, random: SharedRandom) -> Self {
        Self(Arc::new(Shared { clock, random, ring: Mutex::default(), published: watch::Sender::new(false) }))
    }

    /// Tells what happened, and who caused it; nobody if that is the machine itself.
    pub fn publish(&self, actor: &str, payload: EventPayload) {
        self.push(actor, payload.encode());
    }

    /// Tells that the machine is about to be started again, or switched off, with a command of `reboot(2)`.
    pub fn publish_restart(&self, command: u32) {
        let event = RestartEvent { cmd: i64::from(command) };
        let type_url = format!("{TYPE_PREFIX}machine.RestartEvent");
        self.push("", Any { type_url, value: event.encode_to_vec() });
    }

    fn push(&self, actor: &str, data: Any) {
        let at = self.0.clock.now();
        {
            let mut ring = self.ring();
            let Ok(id) = ring.next_id(at, &mut self.0.random.clone()) else { return };
            let event = Event { id: id.to_string(), actor: actor.to_owned(), at, data };
            if ring.events.len() == CAPACITY {
                ring.events.pop_front();
                ring.gone += 1;
            }
            ring.events.push_back((id, Arc::new(event)));
        }
        self.0.published.send_modify(|_| {});
    }

    /// Id for a message that is no event of the ring.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn fresh_id(&self) -> Result<String, random::Error> {
        let id = self.ring().next_id(self.0.clock.now(), &mut self.0.random.clone())?;
        Ok(id.to_string())
    }

    /// Ends all readers when they have read what there is.
    pub fn close(&self) {
        self.0.published.send_replace(true);
    }

    /// Starts to read.
    pub fn subscribe(&self, tail: &Tail) -> Subscription {
        let published = self.0.published.subscribe();
        let ring = self.ring();
        let end = ring.gone + ring.events.len();
        let oldest = end - ring.events.len().min(CAPACITY - GAP);
        let position = match tail {
            Tail::Nothing => end,
            Tail::All => oldest,
            Tail::Last(count) => end.saturating_sub(*count).max(oldest),
            Tail::After(after) => (ring.gone + ring.events.partition_point(|(id, _)| id <= after)).max(oldest),
            Tail::Since(since) => (ring.gone + ring.events.partition_point(|(_, event)| event.at < *since)).max(oldest),
        };
        Subscription { events: self.clone(), published, position }
    }

    /// The moment so long ago.
    pub fn ago(&self, duration: Duration) -> SystemTime {
        self.0.clock.now().checked_sub(duration).unwrap_or(UNIX_EPOCH)
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

impl Ring {
    fn next_id(&mut self, at: SystemTime, random: &mut impl Random) -> Result<EventId, random::Error> {
        let origin = match self.origin {
            Some(origin) => origin,
            None => {
                let mut bytes = [0; 8];
                random.fill(&mut bytes)?;
                let [counter @ .., a, b, c, d, e] = bytes;
                self.counter = counter.iter().fold(0, |counter, byte| counter << 8 | u32::from(*byte));
                *self.origin.insert([a, b, c, d, e])
            }
        };
        let seconds = at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.counter = self.counter.wrapping_add(1);
        let mut id = [0; ID];
        // Four bytes of time and three of the counter: both wrap around.
        id[..4].copy_from_slice(&seconds.to_be_bytes()[4..]);
        id[4..9].copy_from_slice(&origin);
        id[9..].copy_from_slice(&self.counter.to_be_bytes()[1..]);
        Ok(EventId(id))
    }
}

/// A reader of events.
#[derive(Debug)]
pub struct Subscription {
    events: Events,
    published: watch::Receiver<bool>,
    position: usize,
}

impl Subscription {
    /// The next event, once there is one. `None` when there will be none, or when some were missed.
    ///
    /// Cancel-safe: an event that was not given out is given out the next time.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
        loop {
            let is_over = *self.published.borrow_and_update();
            {
                let ring = self.events.ring();
                let place = self.position.checked_sub(ring.gone)?;
                if let Some((_, event)) = ring.events.get(place) {
                    self.position += 1;
                    return Some(event.clone());
                }
            }
            if is_over || self.published.changed().await.is_err() {
                return None;
            }
        }
    }
}

/// Digits of ids: each is five bits.
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 96 bits and four zeros at the end.
        let number = self.0.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte)) << 4;
        (0..20).rev().try_for_each(|place| {
            let digit = DIGITS[(number >> (place * 5)) as usize & 31];
            write!(f, "{}", char::from(digit))
        })
    }
}

impl std::str::FromStr for EventId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text.len() != 20 {
            return Err(InvalidId);
        }
        let number = text.bytes().try_fold(0_u128, |number, letter| {
            let digit = DIGITS.iter().position(|digit| *digit == letter).ok_or(InvalidId)?;
            Ok(number << 5 | digit as u128)
        })?;
        if number & 0b1111 != 0 {
            return Err(InvalidId);
        }
        let mut id = [0; ID];
        id.copy_from_slice(&(number >> 4).to_be_bytes()[4..]);
        Ok(Self(id))
    }
}

#[cfg(test)]
mod tests {
    use talos_api::proto::machine::TaskEvent;

    use super::*;
    use crate::machine::testing::machine;

    fn task(name: &str) -> EventPayload {
        EventPayload::Task(TaskEvent { task: name.to_owned(), ..TaskEvent::default() })
    }

    fn name(event: &Event) -> String {
        TaskEvent::decode(event.data.value.as_slice()).unwrap().task
    }

    async fn read(events: &Events, tail: Tail) -> Vec<String> {
        let mut subscription = events.subscribe(&tail);
        let mut names = Vec::new();
        while let Some(event) = subscription.next().await {
            names.push(name(&event));
        }
        names
    }

    #[tokio::test]
    async fn readers_start_where_they_want() {
        let events = machine().events.clone();
        for name in ["a", "b", "c"] {
            events.publish("me", task(name));
        }
        let first = events.subscribe(&Tail::All).next().await.unwrap();
        assert_eq!((first.actor.as_str(), first.data.type_url.as_str()), ("me", "talos/runtime/machine.TaskEvent"));
        events.close();
        assert_eq!(read(&events, Tail::All).await, ["a", "b", "c"]);
        assert_eq!(read(&events, Tail::Last(2)).await, ["b", "c"]);
        assert_eq!(read(&events, Tail::Last(20)).await, ["a", "b", "c"]);
        assert_eq!(read(&events, Tail::After(first.id.parse().unwrap())).await, ["b", "c"]);
        assert_eq!(read(&events, Tail::Since(events.ago(Duration::from_secs(1)))).await, ["a", "b", "c"]);
        assert_eq!(read(&events, Tail::Nothing).await, [""; 0]);
    }

    #[tokio::test]
    async fn old_events_are_forgotten_and_slow_readers_are_ended() {
        let events = machine().events.clone();
        let mut slow = events.subscribe(&Tail::All);
        for number in 0..=CAPACITY {
            events.publish("", task(&number.to_string()));
        }
        assert_eq!(slow.next().await, None);
        let mut all = events.subscribe(&Tail::All);
        assert_eq!(name(&all.next().await.unwrap()), (GAP + 1).to_string());
    }

    #[test]
    fn ids_read_back_and_sort() {
        let text = "c2hbl7a6uo6te9d94ajg";
        let id: EventId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        for wrong in ["", "c2hbl7a6uo6te9d94aj", "c2hbl7a6uo6te9d94ajz", "c2hbl7a6uo6te9d94ajh"] {
            assert_eq!(wrong.parse::<EventId>(), Err(InvalidId), "{wrong}");
        }
        let events = machine().events.clone();
        let (first, second) = (events.fresh_id().unwrap(), events.fresh_id().unwrap());
        assert!(first < second, "{first} {second}");
    }
}
