//! Streams of messages from nodes.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use prost::Message;
use tonic::{Code, Status};

use super::call::Incoming;
use super::reply::{NodeReply, WithMetadata, split};
use super::{Error, NodeErrors};

/// Messages of one or several nodes as they come. Dropping it cancels the call.
///
/// An item is an error in two cases: [`Error::Node`] says that one node failed, and the others go on; any other error is
/// the end. A call that was cancelled by the server ends without an error.
///
/// ```no_run
/// # async fn run(client: talos_api::client::Client) -> Result<(), talos_api::client::Error> {
/// use talos_api::client::Error;
/// use talos_api::proto::machine::DmesgRequest;
///
/// let mut lines = client.dmesg(DmesgRequest { follow: true, tail: true }).await?;
/// while let Some(item) = lines.next().await {
///     match item {
///         Ok(reply) => print!("{}: {}", reply.node, String::from_utf8_lossy(&reply.value.bytes)),
///         Err(Error::Node(failure)) => eprintln!("{failure}"),
///         Err(error) => return Err(error),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping the stream cancels the call"]
pub struct NodeStream<T> {
    incoming: Incoming,
    peer: String,
    is_over: bool,
    message: PhantomData<fn() -> T>,
}

impl<T> std::fmt::Debug for NodeStream<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeStream").field("peer", &self.peer).field("is_over", &self.is_over).finish()
    }
}

impl<T: Message + Default + WithMetadata> NodeStream<T> {
    pub(crate) fn new(incoming: Incoming) -> Self {
        Self { peer: incoming.peer().ip().to_string(), incoming, is_over: false, message: PhantomData }
    }

    /// The next message; `None` when all nodes are done.
    pub async fn next(&mut self) -> Option<Result<NodeReply<T>, Error>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// All messages, and the failures of nodes.
    ///
    /// # Errors
    /// [`Error::Call`] when the call broke.
    pub async fn collect(mut self) -> Result<(Vec<NodeReply<T>>, NodeErrors), Error> {
        let mut replies = Vec::new();
        let mut failures = NodeErrors::default();
        while let Some(item) = self.next().await {
            match item {
                Ok(reply) => replies.push(reply),
                Err(Error::Node(failure)) => failures.push(failure),
                Err(error) => return Err(error),
            }
        }
        Ok((replies, failures))
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<NodeReply<T>, Error>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let outcome = ready!(self.incoming.poll_message(cx));
        Poll::Ready(match outcome {
            Ok(Some(message)) => Some(match decode(message) {
                Ok(message) => split::<T>(message, &self.peer).map_err(Error::Node),
                Err(status) => {
                    self.is_over = true;
                    Err(status.into())
                }
            }),
            Ok(None) => {
                self.is_over = true;
                None
            }
            Err(status) => {
                self.is_over = true;
                (status.code() != Code::Cancelled).then_some(Err(status.into()))
            }
        })
    }
}

impl<T: Message + Default + WithMetadata> Stream for NodeStream<T> {
    type Item = Result<NodeReply<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(cx)
    }
}

/// Decodes a message; damage is worded as the reference's client does.
pub(crate) fn decode<T: Message + Default>(message: bytes::Bytes) -> Result<T, Status> {
    T::decode(message)
        .map_err(|error| Status::internal(format!("grpc: failed to unmarshal the received message: {error}")))
}
