//! Calls to nodes.
//!
//! A [`Client`] is made from a [`Context`] of the client file and is cheap to clone. It dials all endpoints when the
//! first call comes and spreads calls over those that answer. [`Client::nodes`] and [`Client::node`] give handles that
//! speak to certain nodes through the endpoints. Every reply comes with the name of its node; a node that fails does not
//! hide the answers of the others.
//!
//! ```no_run
//! use talos_api::client::{Client, Context};
//!
//! # async fn run(context: Context) -> Result<(), talos_api::client::Error> {
//! let client = Client::builder().context(&context).build()?;
//! for reply in client.nodes(["10.5.0.2", "10.5.0.3"]).version().await? {
//!     println!("{}: {}", reply.node, reply.value.version.unwrap_or_default().tag);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | To | use |
//! |---|---|
//! | call one or many nodes | the methods of [`Client`], which give [`Replies`] or a [`NodeStream`] |
//! | read bytes | [`Client::read`], [`Client::copy`] …, which give [`Chunks`] |
//! | read resources | [`Client::resources`] and [`Client::dynamic`], which give [`Api`] handles |
//! | find a type of resources by the name a user typed | [`Client::definition`] |
//! | read or patch the configuration of a node | [`Client::machine_configuration`], [`Client::patch_configuration`] |
//! | configure a new machine | [`ClientBuilder::maintenance`] |
//! | use generated clients | [`Client`] is a service they accept: `MachineServiceClient::new(client)` |

mod api;
mod archive;
mod balancer;
mod builder;
mod call;
mod chunks;
mod configuration;
pub(crate) mod credentials;
mod definitions;
pub(crate) mod dial;
pub(crate) mod endpoint;
mod error;
mod line;
mod methods;
mod reply;
mod service;
mod stream;
pub(crate) mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue};
use prost::Message;
use tonic::Status;

pub use self::api::{Api, Event, LabelTerm, ListOptions, Watch, WatchOptions};
use self::balancer::Balancer;
pub use self::builder::ClientBuilder;
use self::call::{Head, Incoming, Outgoing};
pub use self::chunks::Chunks;
pub use self::configuration::PatchError;
pub use self::credentials::{BasicAuth, Context, Credentials, CredentialsError};
pub use self::definitions::find_definition;
pub use self::endpoint::DEFAULT_PORT;
pub use self::error::{Error, NodeError, NodeErrors};
pub use self::reply::{Messages, NodeReply, Replies, WithMetadata};
pub use self::service::ReplyBody;
pub use self::stream::NodeStream;
pub use self::tls::{Fingerprint, fingerprint};
pub use crate::events::{EventError, EventPayload, TYPE_PREFIX};

/// A handle on the nodes of a cluster. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    balancer: Arc<Balancer>,
    /// Metadata of every call, the names of nodes included.
    headers: HeaderMap,
    timeout: Option<Duration>,
    limit: usize,
    /// The name of a node that cannot stand in metadata: such a handle must not reach anybody else instead.
    unspeakable: Option<Arc<str>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Header values are marked when they are secret, and then not shown.
        f.debug_struct("Client").field("headers", &self.headers).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Client {
    /// Starts to set up a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A handle that asks several nodes at once. Replies come from each; names given twice count twice.
    #[must_use]
    pub fn nodes(&self, nodes: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut client = self.without_nodes();
        for node in nodes {
            client.aim(HeaderName::from_static("nodes"), node.as_ref());
        }
        client
    }

    /// A handle that asks one node. The endpoint passes its reply on unchanged, so replies do not name the node.
    #[must_use]
    pub fn node(&self, node: impl AsRef<str>) -> Self {
        let mut client = self.without_nodes();
        client.aim(HeaderName::from_static("node"), node.as_ref());
        client
    }

    /// A handle that asks the endpoints themselves.
    #[must_use]
    pub fn without_nodes(&self) -> Self {
        let mut client = self.clone();
        client.headers.remove("nodes");
        client.headers.remove("node");
        client.unspeakable = None;
        client
    }

    /// A handle whose calls may take this long, streams included.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self.clone() }
    }

    /// The nodes that calls are for, in order; empty when they are for the endpoints.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        let values = self.headers.get_all("nodes").into_iter().chain(self.headers.get_all("node"));
        values.filter_map(|value| value.to_str().ok())
    }

    fn aim(&mut self, key: HeaderName, node: &str) {
        match HeaderValue::from_str(node) {
            Ok(value) if !node.is_empty() => {
                self.headers.append(key, value);
            }
            _ => self.unspeakable = Some(node.into()),
        }
    }

    fn refused(&self) -> Result<(), Status> {
        match &self.unspeakable {
            None => Ok(()),
            Some(node) => Err(Status::internal(format!("invalid target {}", crate::grpc::status::quoted(node)))),
        }
    }

    async fn call(&self, path: &'static str, request: &impl Message) -> Result<Incoming, Status> {
        self.refused()?;
        call::call(&self.balancer, self.head(path), crate::grpc::frame_message(request), self.limit).await
    }

    async fn upload(&self, path: &'static str) -> Result<(Outgoing, Incoming), Status> {
        self.refused()?;
        call::open_upload(&self.balancer, self.head(path), self.limit).await
    }

    /// A call with one message each way. Sent again once, when the peer says that it did not look at it.
    async fn one_to_one<T: Message + Default>(
        &self,
        path: &'static str,
        request: &impl Message,
    ) -> Result<(T, SocketAddr), Status> {
        let mut incoming = self.call(path, request).await?;
        let mut outcome = single(&mut incoming).await;
        if incoming.is_unprocessed() {
            incoming = self.call(path, request).await?;
            outcome = single(&mut incoming).await;
        }
        Ok((outcome?, incoming.peer()))
    }

    fn head(&self, path: &'static str) -> Head {
        Head { path: PathAndQuery::from_static(path), headers: self.headers.clone(), timeout: self.timeout }
    }
}

/// The one message of a unary reply.
async fn single<T: Message + Default>(incoming: &mut Incoming) -> Result<T, Status> {
    let Some(message) = incoming.message().await? else {
        return Err(Status::internal("server sent no message"));
    };
    // Damage is told at once: a peer that sends it may owe the status for ever.
    let message = stream::decode(message)?;
    // The status that follows decides, whatever the message says.
    if incoming.message().await?.is_some() {
        return Err(Status::internal("cardinality violation: more than one message in a unary reply"));
    }
    Ok(message)
}
