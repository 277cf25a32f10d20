//! All resources of one type in one namespace, and what happened to them lately.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::query::Query;
use super::resource::Resource;
use super::watch::Event;

/// Events that are kept for those who come later or are slow. Sources: `cosi-project/runtime` v0.3.1, the state's options.
pub(super) const KEPT: u64 = 1024;

/// Of the kept events, so many are never promised: they would be gone before a watcher that asks for them has read one.
pub(super) const GAP: u64 = 4;

/// Is called with every event, while the collection is locked: it takes a note and touches no store.
pub(super) type Hook = Box<dyn Fn(&Event) + Send + Sync>;

pub(super) struct Collection {
    pub(super) namespace: String,
    pub(super) type_name: String,
    inner: Mutex<Inner>,
    /// The position behind the last event.
    end: watch::Sender<u64>,
}

#[derive(Default)]
pub(super) struct Inner {
    pub(super) items: BTreeMap<String, Arc<Resource>>,
    events: VecDeque<Event>,
    end: u64,
    hooks: Vec<Hook>,
}

impl fmt::Debug for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Collection({}/{})", self.namespace, self.type_name)
    }
}

impl Collection {
    pub(super) fn new(namespace: &str, type_name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            type_name: type_name.to_owned(),
            inner: Mutex::default(),
            end: watch::Sender::new(0),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells when events were added.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.end.subscribe()
    }

    /// Calls somebody with every event from now on.
    pub(super) fn hook(&self, hook: Hook) {
        self.lock().hooks.push(hook);
    }

    /// Adds an event, still under the lock that the change was made under.
    pub(super) fn publish(&self, inner: &mut Inner, event: Event) {
        for hook in &inner.hooks {
            hook(&event);
        }
        if inner.events.len() as u64 == KEPT {
            inner.events.pop_front();
        }
        inner.events.push_back(event);
        inner.end += 1;
        self.end.send_replace(inner.end);
    }
}

impl Inner {
    /// The position behind the last event.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The first position whose event is still there.
    fn start(&self) -> u64 {
        self.end - self.events.len() as u64
    }

    /// The events from a position on; `None` when some of them are gone.
    pub(super) fn since(&self, position: u64) -> Option<impl DoubleEndedIterator<Item = &Event>> {
        let skipped = position.checked_sub(self.start())?;
        Some(self.events.range(usize::try_from(skipped).ok()?.min(self.events.len())..))
    }

    /// Where the last `count` events begin, of all resources or of one.
    pub(super) fn tail(&self, count: u64, id: Option<&str>) -> u64 {
        let first = self.start().max((self.end + GAP).saturating_sub(KEPT));
        let Some(id) = id else { return self.end.saturating_sub(count).max(first) };
        let mut position = self.end;
        let mut found = 0;
        for event in self.events.iter().rev() {
            if position == first || found == count {
                break;
            }
            position -= 1;
            found += u64::from(event.resource().metadata().id() == id);
        }
        position
    }

    /// The resources that are meant, sorted by id.
    pub(super) fn matching<'s>(&'s self, query: &'s Query) -> impl Iterator<Item = &'s Arc<Resource>> {
        self.items.values().filter(|resource| query.matches(resource.metadata()))
    }
}
