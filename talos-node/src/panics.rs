//! Panics of one part that end that part alone.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// What a part that panicked said last.
#[derive(Debug, thiserror::Error)]
#[error("panic: {text}")]
pub(crate) struct Panic {
    text: String,
}

impl Panic {
    fn new(said: &(dyn Any + Send)) -> Self {
        Self { text: talos_api::server::failure::panicked(said).message().to_owned() }
    }
}

/// Calls a function, and survives its panic. What it was changing has to bear that.
pub(crate) fn survive<T>(function: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(function)).map_err(|said| Panic::new(&*said))
}

/// Waits for a future, and survives its panic; it is not polled again then. What it was changing has to bear that.
pub(crate) async fn survived<F: Future>(future: F) -> Result<F::Output, Panic> {
    let mut future = pin!(future);
    poll_fn(|cx| match survive(|| future.as_mut().poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}
