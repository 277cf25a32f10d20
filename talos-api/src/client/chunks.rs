//! Byte streams: files, archives, snapshots, captures.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use tokio::io::{AsyncRead, ReadBuf};
use tonic::Code;

use super::stream::NodeStream;
use super::{Error, NodeErrors};
use crate::proto::common::Data;

/// The bytes of a stream, for reading like a file. Dropping it cancels the call.
///
/// What a node says about failures on its side (files of an archive it had to skip, say) does not stop the bytes; it is
/// kept in [`failures`](Self::failures). A call that is cancelled or runs out of time ends like a file.
///
/// ```no_run
/// # async fn run(client: talos_api::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let mut file = client.node("10.5.0.2").read("/etc/os-release").await?;
/// while let Some(chunk) = file.next().await {
///     print!("{}", String::from_utf8_lossy(&chunk?));
/// }
/// if !file.failures().is_empty() {
///     eprintln!("{}", file.failures());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "dropping the reader cancels the call"]
pub struct Chunks {
    stream: NodeStream<Data>,
    failures: NodeErrors,
    /// The rest of a chunk that was read in part.
    rest: Bytes,
}

impl Chunks {
    pub(crate) fn new(stream: NodeStream<Data>) -> Self {
        Self { stream, failures: NodeErrors::default(), rest: Bytes::new() }
    }

    /// The next bytes, in the pieces they come in; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// Everything up to the end.
    ///
    /// # Errors
    /// [`Error::Call`] when the call broke.
    pub async fn collect(&mut self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.next().await {
            bytes.extend_from_slice(&chunk?);
        }
        Ok(bytes)
    }

    /// What nodes reported beside the bytes so far.
    pub fn failures(&self) -> &NodeErrors {
        &self.failures
    }

    /// Takes the reports out.
    pub fn take_failures(&mut self) -> NodeErrors {
        std::mem::take(&mut self.failures)
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            return Poll::Ready(match ready!(self.stream.poll(cx)) {
                Some(Ok(reply)) if reply.value.bytes.is_empty() => continue,
                Some(Ok(reply)) => Some(Ok(reply.value.bytes)),
                Some(Err(Error::Node(failure))) => {
                    self.failures.push(failure);
                    continue;
                }
                Some(Err(error)) if error.code() == Code::DeadlineExceeded => None,
                Some(Err(error)) => Some(Err(error)),
                None => None,
            });
        }
    }
}

impl Stream for Chunks {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(cx)
    }
}

impl AsyncRead for Chunks {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.rest.is_empty() {
            match ready!(self.poll(cx)) {
                Some(Ok(chunk)) => self.rest = chunk,
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let taken = self.rest.len().min(buf.remaining());
        buf.put_slice(&self.rest[..taken]);
        self.rest.advance(taken);
        Poll::Ready(Ok(()))
    }
}
