//! What happens to resources, from a position on.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::watch;

use super::collection::Collection;
use super::query::Query;
use super::resource::Resource;

/// A change of one resource.
#[derive(Clone, Debug)]
pub enum Event {
    /// It is there.
    Created(Arc<Resource>),
    /// It was written again.
    Updated {
        /// As it is now.
        new: Arc<Resource>,
        /// As it was.
        old: Arc<Resource>,
    },
    /// It is gone; as it was.
    Destroyed(Arc<Resource>),
}

impl Event {
    /// The resource: as it is now, or as it was at the end.
    pub fn resource(&self) -> &Arc<Resource> {
        match self {
            Self::Created(resource) | Self::Destroyed(resource) | Self::Updated { new: resource, .. } => resource,
        }
    }
}

/// What a watch says.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A change.
    Event(Event),
    /// The watched resource is not there.
    Absent,
    /// All that was there at the beginning has been told.
    Bootstrapped,
    /// Changes were missed; nothing follows.
    Overrun,
}

/// Where a watch of a type begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With the next change.
    #[default]
    Now,
    /// With what is there, told as created, and a mark behind it.
    Contents,
    /// With up to so many of the last changes.
    Tail(u32),
}

/// A reader of changes: a position in the history of a collection, not a queue of its own.
///
/// Whoever is slower than the history is long gets [`Notice::Overrun`].
#[derive(Debug)]
pub struct Watch {
    collection: Arc<Collection>,
    meant: Meant,
    position: u64,
    /// What is told before the history.
    first: VecDeque<Notice>,
    end: watch::Receiver<u64>,
    is_over: bool,
}

#[derive(Debug)]
enum Meant {
    One(String),
    All(Query),
}

impl Watch {
    /// Of one resource; begins with its state, or with the last `tail` changes if that is not zero.
    pub(super) fn one(collection: Arc<Collection>, id: &str, tail: u32) -> Self {
        let end = collection.subscribe();
        let inner = collection.lock();
        let mut first = VecDeque::new();
        let position = if tail > 0 {
            inner.tail(u64::from(tail), Some(id))
        } else {
            let known = inner.items.get(id);
            first.push_back(known.map_or(Notice::Absent, |known| Notice::Event(Event::Created(known.clone()))));
            inner.end()
        };
        drop(inner);
        Self { collection, meant: Meant::One(id.to_owned()), position, first, end, is_over: false }
    }

    /// Of all resources that are meant.
    pub(super) fn all(collection: Arc<Collection>, query: Query, start: Start) -> Self {
        let end = collection.subscribe();
        let inner = collection.lock();
        let mut first = VecDeque::new();
        let position = match start {
            Start::Now => inner.end(),
            Start::Tail(count) => inner.tail(u64::from(count), None),
            Start::Contents => {
                first.extend(inner.matching(&query).map(|known| Notice::Event(Event::Created(known.clone()))));
                first.push_back(Notice::Bootstrapped);
                inner.end()
            }
        };
        drop(inner);
        Self { collection, meant: Meant::All(query), position, first, end, is_over: false }
    }

    /// Waits for what can be told, and gives all of it; never empty.
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Vec<Notice> {
        loop {
            let notices = self.take();
            if !notices.is_empty() {
                return notices;
            }
            if self.is_over || self.end.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// What can be told without waiting.
    pub fn take(&mut self) -> Vec<Notice> {
        if self.is_over {
            return Vec::new();
        }
        self.end.borrow_and_update();
        let mut notices: Vec<Notice> = self.first.drain(..).collect();
        let inner = self.collection.lock();
        match inner.since(self.position) {
            Some(events) => {
                notices.extend(events.filter_map(|event| self.meant.view(event)).map(Notice::Event));
                self.position = inner.end();
            }
            None => {
                notices.push(Notice::Overrun);
                self.is_over = true;
            }
        }
        notices
    }

    /// Namespace and type that are watched.
    pub fn subject(&self) -> (&str, &str) {
        (&self.collection.namespace, &self.collection.type_name)
    }
}

impl Meant {
    /// The event as somebody sees it who knows only the resources that are meant.
    fn view(&self, event: &Event) -> Option<Event> {
        let query = match self {
            Self::One(id) => return (event.resource().metadata().id() == id).then(|| event.clone()),
            Self::All(query) => query,
        };
        let is_meant = |resource: &Resource| query.matches(resource.metadata());
        match event {
            Event::Updated { new, old } => match (is_meant(old), is_meant(new)) {
                (true, true) => Some(event.clone()),
                (false, true) => Some(Event::Created(new.clone())),
                (true, false) => Some(Event::Destroyed(new.clone())),
                (false, false) => None,
            },
            event => is_meant(event.resource()).then(|| event.clone()),
        }
    }
}
