//! Logs of services: what they said last, kept in memory.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::watch;

/// Bytes that a log holds at most. It starts small and grows as it is written.
const CAPACITY: usize = 1 << 20;

/// A reader that fell behind goes on so many bytes after the oldest, or it would fall behind again at once.
const GAP: usize = 2 << 10;

/// The logs of a machine, by the services' ids. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Logs(Arc<Mutex<BTreeMap<String, Log>>>);

/// A log that nobody writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("log {id:?} was not registered")]
pub struct NotRegistered {
    /// Its id.
    pub id: String,
}

impl Logs {
    /// The log of a service; a new one if it has none.
    pub fn service(&self, id: &str) -> Log {
        let mut logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match logs.get(id) {
            Some(log) => log.clone(),
            None => logs.entry(id.to_owned()).or_default().clone(),
        }
    }

    /// The log of a service that has one.
    ///
    /// # Errors
    /// When it has none.
    pub fn known(&self, id: &str) -> Result<Log, NotRegistered> {
        let logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logs.get(id).cloned().ok_or_else(|| NotRegistered { id: id.to_owned() })
    }

    /// Ends all readers when they have read what there is.
    pub fn close(&self) {
        for log in self.0.lock().unwrap_or_else(PoisonError::into_inner).values() {
            log.0.written.send_replace(true);
        }
    }
}

/// The log of a service. Clones are the same.
#[derive(Clone, Default)]
pub struct Log(Arc<Shared>);

#[derive(Default)]
struct Shared {
    ring: Mutex<Ring>,
    /// Changes with each line; true after the last one.
    written: watch::Sender<bool>,
}

#[derive(Default)]
struct Ring {
    bytes: VecDeque<u8>,
    gone: usize,
}

impl Log {
    /// Adds a line; its end is added, too.
    pub fn line(&self, text: &str) {
        {
            let mut ring = self.ring();
            let ring = &mut *ring;
            ring.bytes.extend(text.as_bytes());
            ring.bytes.push_back(b'\n');
            let excess = ring.bytes.len().saturating_sub(CAPACITY);
            ring.bytes.drain(..excess);
            ring.gone += excess;
        }
        self.0.written.send_modify(|_| {});
    }

    /// Reads the last lines; all of them if `lines` is `None`. With `follow`, it goes on as the log does.
    pub fn read(&self, lines: Option<usize>, follow: bool) -> Reader {
        let written = self.0.written.subscribe();
        let ring = self.ring();
        let end = ring.gone + ring.bytes.len();
        let start = match lines {
            None => ring.gone,
            Some(0) => end,
            // The end of the last line is not the start of another one.
            Some(lines) => {
                let ends = ring.bytes.iter().enumerate().rev().skip(1).filter(|(_, byte)| **byte == b'\n');
                ends.map(|(place, _)| ring.gone + place + 1).nth(lines - 1).unwrap_or(ring.gone)
            }
        };
        drop(ring);
        let wake = follow.then(|| tokio_util::sync::ReusableBoxFuture::new(changed(written)));
        Reader { log: self.clone(), position: start, end, wake }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}

type Wake = (watch::Receiver<bool>, bool);

/// Waits for a line; false when there will be none.
async fn changed(mut written: watch::Receiver<bool>) -> Wake {
    let goes_on = !*written.borrow_and_update() && written.changed().await.is_ok();
    (written, goes_on)
}

/// What a log holds, in pieces of at most a kilobyte.
pub struct Reader {
    log: Log,
    position: usize,
    /// Where a reader stops that does not follow.
    end: usize,
    /// What a reader waits for that follows.
    wake: Option<tokio_util::sync::ReusableBoxFuture<'static, Wake>>,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("position", &self.position).finish_non_exhaustive()
    }
}

/// Most bytes of a piece.
const CHUNK: usize = 1024;

impl Reader {
    /// The next piece of what is there; empty if that was all.
    fn take(&mut self) -> Bytes {
        let ring = self.log.ring();
        if self.position < ring.gone {
            self.position = ring.gone + GAP.min(ring.bytes.len());
        }
        let end = match self.wake {
            Some(_) => ring.gone + ring.bytes.len(),
            None => self.end,
        };
        let length = end.saturating_sub(self.position).min(CHUNK);
        let place = self.position - ring.gone;
        self.position += length;
        ring.bytes.range(place..place + length).copied().collect()
    }
}

impl Stream for Reader {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut goes_on = true;
        loop {
            let piece = self.take();
            if !piece.is_empty() {
                return Poll::Ready(Some(piece));
            }
            let Some(wake) = &mut self.wake else { return Poll::Ready(None) };
            if !goes_on {
                return Poll::Ready(None);
            }
            match wake.poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready((written, more)) => {
                    goes_on = more;
                    wake.set(changed(written));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    async fn next(reader: &mut Reader) -> Option<String> {
        let piece = poll_fn(|cx| Pin::new(&mut *reader).poll_next(cx)).await;
        piece.map(|piece| String::from_utf8(piece.to_vec()).unwrap())
    }

    async fn all(mut reader: Reader) -> String {
        let mut text = String::new();
        while let Some(piece) = next(&mut reader).await {
            text += &piece;
        }
        text
    }

    #[tokio::test]
    async fn the_last_lines_can_be_read() {
        let logs = Logs::default();
        assert_eq!(logs.known("a").unwrap_err().to_string(), "log \"a\" was not registered");
        let log = logs.service("a");
        for line in ["one", "two", "three"] {
            log.line(line);
        }
        for (lines, text) in [
            (None, "one\ntwo\nthree\n"),
            (Some(0), ""),
            (Some(1), "three\n"),
            (Some(2), "two\nthree\n"),
            (Some(9), "one\ntwo\nthree\n"),
        ] {
            assert_eq!(all(logs.known("a").unwrap().read(lines, false)).await, text);
        }
    }

    #[tokio::test]
    async fn readers_follow_until_the_log_ends() {
        let logs = Logs::default();
        let log = logs.service("a");
        log.line("one");
        let mut reader = log.read(Some(0), true);
        log.line("two");
        assert_eq!(next(&mut reader).await.unwrap(), "two\n");
        let later = tokio::spawn(async move {
            next(&mut reader).await.into_iter().chain(next(&mut reader).await).collect::<Vec<_>>()
        });
        tokio::task::yield_now().await;
        log.line("three");
        tokio::task::yield_now().await;
        logs.close();
        assert_eq!(later.await.unwrap(), ["three\n"]);
    }

    #[tokio::test]
    async fn old_lines_are_dropped() {
        let log = Log::default();
        let line = "x".repeat(1023);
        let mut slow = log.read(None, false);
        for _ in 0..1025 {
            log.line(&line);
        }
        assert_eq!(all(log.read(None, false)).await.len(), CAPACITY);
        assert_eq!(next(&mut slow).await, None);
        let mut follower = log.read(None, true);
        for _ in 0..3 {
            log.line(&line);
        }
        let first = next(&mut follower).await.unwrap();
        assert_eq!(first.len(), CHUNK);
    }
}
