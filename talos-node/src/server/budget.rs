//! How many connections a listener has, and which of them gives way to a new one.
//!
//! A connection is in one of three queues: it has not greeted yet, it is idle, or a call of it is under way. Each queue has
//! a length; when it grows beyond, its oldest member is ended. So those who only hold connections push out each other, and
//! whoever comes with something to ask is served.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::transport::Limits;

/// The connections of a listener. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Budget(Arc<Mutex<Queues>>);

#[derive(Debug)]
struct Queues {
    /// Those of [`Stage`], in its order.
    stages: [Queue; 3],
    /// Number of the next member of a queue; lower ones have waited longer.
    next: u64,
}

#[derive(Debug)]
struct Queue {
    members: BTreeMap<u64, CancellationToken>,
    length: usize,
}

/// What a connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Greeting,
    Idle,
    Busy,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        let queue = |length| Queue { members: BTreeMap::new(), length };
        let stages = [queue(limits.greeting), queue(limits.idle), queue(limits.busy)];
        Self(Arc::new(Mutex::new(Queues { stages, next: 0 })))
    }

    /// A place for a connection that was just accepted.
    pub(super) fn enter(&self) -> Place {
        let out = CancellationToken::new();
        let (stage, number) = (Stage::Greeting, self.queues().put(Stage::Greeting, out.clone()));
        Place(Arc::new(Inner { budget: self.clone(), out, held: Mutex::new(Held { stage, number, calls: 0 }) }))
    }

    /// Ends one connection, the least useful one.
    pub(super) fn shed(&self) {
        let mut queues = self.queues();
        if let Some((_, out)) = queues.stages.iter_mut().find_map(|queue| queue.members.pop_first()) {
            out.cancel();
        }
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queues {
    fn put(&mut self, stage: Stage, out: CancellationToken) -> u64 {
        let number = self.next;
        self.next += 1;
        let queue = &mut self.stages[stage as usize];
        queue.members.insert(number, out);
        if queue.members.len() > queue.length
            && let Some((_, oldest)) = queue.members.pop_first()
        {
            oldest.cancel();
        }
        number
    }
}

/// The place of one connection. It is free again when all clones and calls are gone.
#[derive(Clone, Debug)]
pub(crate) struct Place(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    budget: Budget,
    out: CancellationToken,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    stage: Stage,
    number: u64,
    calls: usize,
}

impl Inner {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes to the end of another queue.
    fn go(&self, held: &mut Held, stage: Stage) {
        let mut queues = self.budget.queues();
        // One that was told to end is in no queue, and need not be in one.
        let Some(out) = queues.stages[held.stage as usize].members.remove(&held.number) else { return };
        held.number = queues.put(stage, out);
        held.stage = stage;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let (stage, number) = {
            let held = self.held();
            (held.stage, held.number)
        };
        self.budget.queues().stages[stage as usize].members.remove(&number);
    }
}

impl Place {
    /// Cancelled when the connection has to give way.
    pub(super) fn out(&self) -> CancellationToken {
        self.0.out.clone()
    }

    /// The peer has greeted, and can make calls.
    pub(super) fn greeted(&self) {
        let mut held = self.0.held();
        if held.stage == Stage::Greeting {
            self.0.go(&mut held, Stage::Idle);
        }
    }

    /// A call begins; it ends when what is given is dropped.
    pub(super) fn call(&self) -> Call {
        let mut held = self.0.held();
        held.calls += 1;
        if held.calls == 1 {
            self.0.go(&mut held, Stage::Busy);
        }
        Call(self.0.clone())
    }
}

/// A call that is under way.
#[derive(Debug)]
pub(super) struct Call(Arc<Inner>);

impl Drop for Call {
    fn drop(&mut self) {
        let mut held = self.0.held();
        held.calls -= 1;
        if held.calls == 0 {
            self.0.go(&mut held, Stage::Idle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> Budget {
        Budget::new(&Limits { greeting: 2, idle: 2, busy: 1, ..Limits::DEFAULT })
    }

    fn is_out(place: &Place) -> bool {
        place.out().is_cancelled()
    }

    fn lengths(budget: &Budget) -> [usize; 3] {
        budget.queues().stages.each_ref().map(|queue| queue.members.len())
    }

    #[test]
    fn the_oldest_without_a_greeting_gives_way() {
        let budget = budget();
        let [first, second, third] = [(); 3].map(|()| budget.enter());
        assert_eq!([&first, &second, &third].map(is_out), [true, false, false]);
        // It is over for it, whatever it still says.
        first.greeted();
        let _call = first.call();
        assert_eq!(lengths(&budget), [2, 0, 0]);
    }

    #[test]
    fn the_longest_idle_gives_way_and_not_who_calls() {
        let budget = budget();
        let greeted = || {
            let place = budget.enter();
            place.greeted();
            place
        };
        let (first, second) = (greeted(), greeted());
        let (call, other) = (first.call(), first.call());
        let third = greeted();
        assert_eq!(lengths(&budget), [0, 2, 1]);
        drop(call);
        assert_eq!(lengths(&budget), [0, 2, 1], "a call is under way");
        // Having called, it is the last to go.
        drop(other);
        assert_eq!([&first, &second, &third].map(is_out), [false, true, false]);
        let _fourth = greeted();
        assert_eq!([&first, &third].map(is_out), [false, true]);
    }

    #[test]
    fn the_longest_busy_gives_way() {
        let budget = budget();
        let (first, second) = (budget.enter(), budget.enter());
        let _calls = (first.call(), second.call());
        assert_eq!([&first, &second].map(is_out), [true, false]);
    }

    #[test]
    fn places_are_free_again() {
        let budget = budget();
        let place = budget.enter();
        place.greeted();
        let call = place.call();
        drop(place);
        assert_eq!(lengths(&budget), [0, 0, 1], "its call is under way");
        drop(call);
        assert_eq!(lengths(&budget), [0, 0, 0]);
    }

    #[test]
    fn those_who_only_greet_are_shed_first() {
        let budget = budget();
        let (idle, new) = (budget.enter(), budget.enter());
        idle.greeted();
        budget.shed();
        assert_eq!([&idle, &new].map(is_out), [false, true]);
        budget.shed();
        assert!(is_out(&idle));
        budget.shed();
    }
}
