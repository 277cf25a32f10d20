//! Replies of several nodes, each with the name of its node.

use tonic::Status;

use super::{Error, NodeError, NodeErrors};
use crate::proto::common::Metadata;

/// What one node answered.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeReply<T> {
    /// The node: the name it was asked by, or the address of the peer when the reply names nobody.
    pub node: String,
    /// Whether the reply itself named the node. It does not in maintenance mode and when the call named no node.
    pub is_named: bool,
    /// The answer. Its own metadata was taken out.
    pub value: T,
}

impl<T> NodeReply<T> {
    /// The same with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> NodeReply<U> {
        NodeReply { node: self.node, is_named: self.is_named, value: change(self.value) }
    }
}

/// What all nodes answered, in order of arrival, with failures kept apart.
///
/// ```
/// # use talos_api::client::{Replies, Error};
/// # use talos_api::proto::machine::Version;
/// fn show(replies: Replies<Version>) -> Result<(), Error> {
///     if replies.replies.is_empty() {
///         return Err(replies.failures.into());
///     }
///     for reply in &replies.replies {
///         println!("{}: {:?}", reply.node, reply.value.version);
///     }
///     if !replies.failures.is_empty() {
///         eprintln!("WARNING: {}", replies.failures);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Replies<T> {
    /// Answers of the nodes that could answer.
    pub replies: Vec<NodeReply<T>>,
    /// Failures of the others.
    pub failures: NodeErrors,
}

impl<T> Replies<T> {
    /// The answers when no node failed.
    ///
    /// # Errors
    /// [`Error::Nodes`] when a node failed; the answers of the others are lost.
    pub fn all(self) -> Result<Vec<NodeReply<T>>, Error> {
        if self.failures.is_empty() { Ok(self.replies) } else { Err(self.failures.into()) }
    }

    /// The answer of a single node.
    ///
    /// # Errors
    /// [`Error::Nodes`] when it failed, [`Error::Call`] when there is no answer at all.
    pub fn one(self) -> Result<T, Error> {
        let mut replies = self.all()?;
        match replies.len() {
            0 => Err(Status::internal("reply holds no message").into()),
            _ => Ok(replies.swap_remove(0).value),
        }
    }
}

impl<T> IntoIterator for Replies<T> {
    type Item = NodeReply<T>;
    type IntoIter = std::vec::IntoIter<NodeReply<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.replies.into_iter()
    }
}

/// A message with room for the node's name and failure.
pub trait WithMetadata {
    /// Takes the metadata out.
    fn take_metadata(&mut self) -> Option<Metadata>;
}

/// A reply that is a list of messages, one for each node.
pub trait Messages: prost::Message + Default {
    /// The message of one node.
    type Message: WithMetadata;

    /// The list.
    fn into_messages(self) -> Vec<Self::Message>;
}

/// Separates a message from the name of its node; `peer` stands in where there is none.
pub(crate) fn split<T: WithMetadata>(mut value: T, peer: &str) -> Result<NodeReply<T>, NodeError> {
    let metadata = value.take_metadata().unwrap_or_default();
    if let Some(failure) = NodeError::from_metadata(&metadata) {
        return Err(failure);
    }
    let is_named = !metadata.hostname.is_empty();
    let node = if is_named { metadata.hostname } else { peer.to_owned() };
    Ok(NodeReply { node, is_named, value })
}

pub(crate) fn split_all<R: Messages>(reply: R, peer: &str) -> Replies<R::Message> {
    let mut replies = Replies { replies: Vec::new(), failures: NodeErrors::default() };
    for message in reply.into_messages() {
        match split(message, peer) {
            Ok(reply) => replies.replies.push(reply),
            Err(failure) => replies.failures.push(failure),
        }
    }
    replies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::status::failure_metadata;
    use crate::proto::machine::{Hostname, HostnameResponse};

    fn hostname(metadata: Option<Metadata>) -> Hostname {
        Hostname { metadata, hostname: "x".into() }
    }

    #[test]
    fn keeps_failures_apart() {
        let named = Metadata { hostname: "10.5.0.2".into(), ..Default::default() };
        let failed = failure_metadata("10.5.0.3", &Status::unavailable("gone"));
        let reply = HostnameResponse { messages: vec![hostname(Some(named)), hostname(Some(failed)), hostname(None)] };
        let replies = split_all(reply, "127.0.0.1");
        let names: Vec<_> = replies.replies.iter().map(|reply| (reply.node.as_str(), reply.is_named)).collect();
        assert_eq!(names, [("10.5.0.2", true), ("127.0.0.1", false)]);
        assert!(replies.replies.iter().all(|reply| reply.value.metadata.is_none()));
        assert_eq!(
            replies.all().unwrap_err().to_string(),
            "1 error occurred:\n\t* 10.5.0.3: rpc error: code = Unavailable desc = gone\n\n"
        );
    }

    #[test]
    fn an_empty_reply_is_an_error_for_who_wants_one() {
        assert!(split_all(HostnameResponse::default(), "").one().is_err());
    }
}
