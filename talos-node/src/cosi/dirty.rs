//! Who has something to do.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// A set of numbers that can be waited for. Marking one twice is marking it once: that is how changes are coalesced.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    marked: Mutex<BTreeSet<usize>>,
    wake: Notify,
}

impl Dirty {
    pub(super) fn mark(&self, number: usize) {
        if self.marked.lock().unwrap_or_else(PoisonError::into_inner).insert(number) {
            self.wake.notify_one();
        }
    }

    /// Takes all marks away.
    pub(super) fn take(&self) -> BTreeSet<usize> {
        std::mem::take(&mut *self.marked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until something is marked.
    pub(super) async fn wait(&self) {
        while self.marked.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            self.wake.notified().await;
        }
    }
}
