//! Streams that are made piece by piece.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use std::vec;

use futures_core::Stream;
use tokio::task::{JoinHandle, spawn_blocking};

/// What an iterator yields that may wait for storage: each piece is made on a thread where that is allowed, when the one
/// before it is gone. A slow client holds no thread, and of one that went away nothing is left.
pub struct Pieces<I: Iterator> {
    state: State<I>,
}

enum State<I: Iterator> {
    /// The next piece is under way.
    Making(JoinHandle<(I, Vec<I::Item>)>),
    /// A piece is given out.
    Giving(Option<I>, vec::IntoIter<I::Item>),
    Over,
}

impl<I> Pieces<I>
where
    I: Iterator<Item: Send> + Send + 'static,
{
    /// Nothing happens before the first item is asked for.
    pub fn new(items: I) -> Self {
        Self { state: State::Giving(Some(items), Vec::new().into_iter()) }
    }
}

/// A piece is given out when it has so many items …
const ITEMS: usize = 64;

/// … or when it took so long.
const PATIENCE: Duration = Duration::from_millis(10);

fn make<I: Iterator>(mut items: I) -> (I, Vec<I::Item>) {
    let started = Instant::now();
    let mut piece = Vec::with_capacity(ITEMS);
    while piece.len() < ITEMS {
        match items.next() {
            None => break,
            Some(item) => piece.push(item),
        }
        if started.elapsed() > PATIENCE {
            break;
        }
    }
    (items, piece)
}

impl<I> Stream for Pieces<I>
where
    I: Iterator<Item: Send + Unpin> + Send + Unpin + 'static,
{
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut self.state {
                State::Giving(items, piece) => {
                    if let Some(item) = piece.next() {
                        return Poll::Ready(Some(item));
                    }
                    self.state = match items.take() {
                        Some(items) => State::Making(spawn_blocking(|| make(items))),
                        None => State::Over,
                    };
                }
                State::Making(piece) => {
                    self.state = match ready!(Pin::new(piece).poll(cx)) {
                        // An empty piece is the end.
                        Ok((_, piece)) if piece.is_empty() => State::Over,
                        Ok((items, piece)) => State::Giving(Some(items), piece.into_iter()),
                        Err(error) => match error.try_into_panic() {
                            Ok(panic) => std::panic::resume_unwind(panic),
                            // The runtime ends, and nobody listens.
                            Err(_) => State::Over,
                        },
                    };
                }
                State::Over => return Poll::Ready(None),
            }
        }
    }
}

impl<I: Iterator> fmt::Debug for Pieces<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces").finish_non_exhaustive()
    }
}
