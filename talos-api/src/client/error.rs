//! What can go wrong between a caller and its nodes.

use std::fmt;

use tonic::{Code, Status};

use super::CredentialsError;
use crate::grpc::status;

/// Failure of a call or of setting up a client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no endpoint to dial: give one, or name a context that has some.
    #[error("failed to determine endpoints")]
    NoEndpoints,
    /// The credentials of the context cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The call failed as a whole.
    #[error("{}", status::text(.0))]
    Call(#[from] Status),
    /// One node of a stream failed; the stream goes on with the others.
    #[error(transparent)]
    Node(NodeError),
    /// Nodes failed and the caller asked for the replies of all.
    #[error(transparent)]
    Nodes(#[from] NodeErrors),
    /// The reply of a node lacks what it must have.
    #[error("reply to {method} has no {missing}")]
    Incomplete {
        /// Short name of the method.
        method: &'static str,
        /// What is not there.
        missing: &'static str,
    },
    /// A downloaded archive is damaged.
    #[error("error unpacking {what}: {reason}")]
    Archive {
        /// What was downloaded.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A resource cannot be decoded into its type.
    #[error("resource {resource} cannot be decoded")]
    Resource {
        /// `TYPE(NAMESPACE/ID@VERSION)`.
        resource: String,
        /// Why not.
        #[source]
        source: crate::resources::DecodeError,
    },
    /// The server ended a watch because this side was too slow; list again and watch anew.
    #[error("{0}")]
    WatchOverrun(String),
}

impl Error {
    /// The gRPC code: that of the call, or of the first node that failed. `Unknown` where there was no call.
    pub fn code(&self) -> Code {
        match self {
            Error::Call(status) => status.code(),
            Error::Node(failure) => failure.status.code(),
            Error::Nodes(failures) => failures.code(),
            _ => Code::Unknown,
        }
    }

    /// Whether the failure means that a node could not be reached.
    pub fn is_unavailable(&self) -> bool {
        self.code() == Code::Unavailable
    }
}

/// Failure of one node among several.
#[derive(Clone, Debug)]
pub struct NodeError {
    /// The node, as it was named in the request.
    pub node: String,
    /// What the node answered.
    pub status: Status,
    /// Text for people: that of the status, or a bare text when the node sent no status.
    text: String,
}

impl NodeError {
    /// A failure with the text that a status has.
    pub fn new(node: impl Into<String>, status: Status) -> Self {
        let text = status::text(&status);
        Self { node: node.into(), status, text }
    }

    /// The failure that reply metadata tells of; `None` when the node did not fail.
    pub fn from_metadata(metadata: &crate::proto::common::Metadata) -> Option<Self> {
        if metadata.error.is_empty() {
            return None;
        }
        Some(match &metadata.status {
            Some(message) => Self::new(&metadata.hostname, status::from_message(message)),
            None => Self {
                node: metadata.hostname.clone(),
                status: Status::unknown(&metadata.error),
                text: metadata.error.clone(),
            },
        })
    }

    /// The text without the node in front.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.node, self.text)
    }
}

impl std::error::Error for NodeError {}

/// Failures of several nodes, in order of arrival.
///
/// ```
/// use talos_api::client::{NodeError, NodeErrors};
/// use tonic::Status;
///
/// let failures = NodeErrors::from(vec![NodeError::new("host2", Status::unavailable("gone"))]);
/// assert_eq!(
///     failures.to_string(),
///     "1 error occurred:\n\t* host2: rpc error: code = Unavailable desc = gone\n\n"
/// );
/// ```
#[derive(Clone, Debug, Default)]
pub struct NodeErrors(Vec<NodeError>);

impl NodeErrors {
    /// Whether no node failed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of nodes that failed.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The failures.
    pub fn iter(&self) -> impl Iterator<Item = &NodeError> {
        self.0.iter()
    }

    /// The code of the first failure, `Ok` when there is none.
    pub fn code(&self) -> Code {
        self.0.first().map_or(Code::Ok, |failure| failure.status.code())
    }

    /// Adds a failure.
    pub fn push(&mut self, failure: NodeError) {
        self.0.push(failure);
    }
}

impl From<Vec<NodeError>> for NodeErrors {
    fn from(failures: Vec<NodeError>) -> Self {
        Self(failures)
    }
}

impl IntoIterator for NodeErrors {
    type Item = NodeError;
    type IntoIter = std::vec::IntoIter<NodeError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for NodeErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.0.len() == 1 { "error" } else { "errors" };
        writeln!(f, "{} {noun} occurred:", self.0.len())?;
        for failure in &self.0 {
            writeln!(f, "\t* {failure}")?;
        }
        writeln!(f)
    }
}

impl std::error::Error for NodeErrors {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::common::Metadata;

    #[test]
    fn joins_failures_in_the_known_form() {
        let failures: Vec<_> = ["something wrong", "even more wrong"]
            .iter()
            .zip(["host2", "host4"])
            .map(|(text, node)| Metadata { hostname: node.into(), error: (*text).into(), status: None })
            .filter_map(|metadata| NodeError::from_metadata(&metadata))
            .collect();
        assert_eq!(
            NodeErrors::from(failures).to_string(),
            "2 errors occurred:\n\t* host2: something wrong\n\t* host4: even more wrong\n\n"
        );
    }

    #[test]
    fn prefers_the_status_over_the_text() {
        let metadata = status::failure_metadata("a", &Status::not_found("x"));
        let failure = NodeError::from_metadata(&Metadata { error: "other".into(), ..metadata }).unwrap();
        assert_eq!(failure.to_string(), "a: rpc error: code = NotFound desc = x");
        assert!(NodeError::from_metadata(&Metadata::default()).is_none());
    }
}
