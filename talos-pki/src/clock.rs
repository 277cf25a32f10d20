//! The time, handed in by the caller.

use std::time::SystemTime;

/// Where certificates take their dates from.
pub trait Clock {
    /// The present moment, UTC. Certificates keep whole seconds of it.
    fn now(&self) -> SystemTime;
}

/// A clock that always shows the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedClock(pub SystemTime);

impl Clock for FixedClock {
    fn now(&self) -> SystemTime {
        self.0
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> SystemTime {
        (**self).now()
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }
}
