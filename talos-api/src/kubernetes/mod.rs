//! Calls to the Kubernetes API of a cluster.
//!
//! A [`Client`] is made from a kubeconfig, or from a [`Config`] of its parts, and is cheap to clone; its clones share one
//! HTTP/2 connection, which is dialled when it is needed. Objects are JSON values; [`Node`], [`Pod`] and others look into
//! them. A [`Path`] names a collection or an object:
//!
//! ```no_run
//! use talos_api::kubernetes::{Client, ListOptions, Node, Object as _, Patch, Path};
//!
//! # async fn run(kubeconfig: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::from_kubeconfig(kubeconfig)?;
//! for node in client.all::<Node>(&ListOptions::default()).await? {
//!     println!("{} {:?}", node.name(), node.condition("Ready"));
//! }
//! let coredns = Path::new("apps/v1", "deployments").within("kube-system").named("coredns");
//! let scale = serde_json::json!({"spec": {"replicas": 3}});
//! match client.patch(&coredns, &Patch::Merge(&scale)).await {
//!     Err(error) if error.is_not_found() => println!("this cluster has no coredns"),
//!     other => drop(other?),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Not here: watches, exec, discovery of all types, proxies, credentials that need programs or files of their own. TLS is
//! that of the client of nodes; servers must speak HTTP/2, as kube-apiserver does.

mod config;
mod connection;
mod error;
mod objects;
mod path;
mod request;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

pub use self::config::{Config, ConfigError};
use self::connection::Server;
pub use self::error::{Error, Status};
pub use self::objects::{ConfigMap, DaemonSet, Deployment, Node, Object, Pod, ReplicaSet};
pub use self::path::Path;
use self::request::Query;
pub use self::request::{ListOptions, Patch, WriteOptions};

/// How long one call may take unless the [`Config`] says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// Largest reply that is read, in bytes.
pub const MAX_REPLY_SIZE: usize = 32 << 20;

/// Most pieces that a list may come in.
const MAX_PIECES: usize = 1000;

/// A handle on the Kubernetes API. Clones share their connection.
#[derive(Clone)]
pub struct Client {
    server: Arc<Server>,
    deadline: Option<Instant>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("server", &self.server.url()).field("deadline", &self.deadline).finish()
    }
}

impl Client {
    /// A client for the server of a configuration. Nothing is dialled yet.
    ///
    /// # Errors
    /// [`ConfigError`] when the parts cannot be used.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self { server: Arc::new(Server::new(config)?), deadline: None })
    }

    /// A client for the current context of a kubeconfig.
    ///
    /// # Errors
    /// [`ConfigError`] when the kubeconfig cannot be read or used.
    pub fn from_kubeconfig(text: &[u8]) -> Result<Self, ConfigError> {
        Self::new(&Config::from_kubeconfig(text)?)
    }

    /// A handle whose calls end at this moment at the latest.
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// The server's address, `https://10.5.0.2:6443`.
    pub fn server(&self) -> &str {
        self.server.url()
    }

    /// Reads an object.
    ///
    /// # Errors
    /// [`Error::Status`] when the server refuses, see [`Error::is_not_found`]; others when there is no answer to use.
    pub async fn get(&self, path: &Path) -> Result<Value, Error> {
        self.call(Method::GET, path, Query::default(), None).await
    }

    /// Reads anything the server has under a path of its own, `/version` or `/apis/apps/v1`.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_raw(&self, path: &str) -> Result<Value, Error> {
        let target = format!("{path}{}", Query::default().text(self.server.timeout()));
        let reply = self.server.exchange(&Method::GET, &target, None, self.deadline).await?;
        reply.into_json(&Method::GET, "", "")
    }

    /// Reads all objects of a collection, in the server's order.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn list(&self, path: &Path, options: &ListOptions) -> Result<Vec<Value>, Error> {
        let mut all = Vec::new();
        let mut next = String::new();
        for _ in 0..MAX_PIECES {
            let mut list = self.call(Method::GET, path, options.query(&next), None).await?;
            match list.get_mut("items").map(Value::take) {
                Some(Value::Array(items)) => all.extend(items),
                Some(Value::Null) => {}
                _ => return Err(self.server.malformed(&Method::GET, &path.to_string(), "there is no list of items")),
            }
            // Servers may send a list in pieces even when nobody asked for it.
            match list.pointer("/metadata/continue").and_then(Value::as_str) {
                Some(token) if !token.is_empty() => next = token.to_owned(),
                _ => return Ok(all),
            }
        }
        Err(self.server.malformed(&Method::GET, &path.to_string(), "the list has no end"))
    }

    /// Reads all objects of a type, in all namespaces.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn all<T: Object>(&self, options: &ListOptions) -> Result<Vec<T>, Error> {
        Ok(self.list(&T::path(), options).await?.into_iter().map(T::new).collect())
    }

    /// Reads all objects of a type in one namespace.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn all_within<T: Object>(&self, namespace: &str, options: &ListOptions) -> Result<Vec<T>, Error> {
        Ok(self.list(&T::path().within(namespace), options).await?.into_iter().map(T::new).collect())
    }

    /// Creates an object in a collection and gives it as the server keeps it.
    ///
    /// # Errors
    /// As [`get`](Self::get); with reason `AlreadyExists` when there is one of that name.
    pub async fn create(&self, path: &Path, object: &Value, options: &WriteOptions) -> Result<Value, Error> {
        self.call(Method::POST, path, options.query(), Some(("application/json", object))).await
    }

    /// Puts an object in the place of another of the same name and gives it as the server keeps it.
    ///
    /// # Errors
    /// As [`get`](Self::get); with reason `Conflict` when it holds a version that is not the current one.
    pub async fn update(&self, path: &Path, object: &Value, options: &WriteOptions) -> Result<Value, Error> {
        self.call(Method::PUT, path, options.query(), Some(("application/json", object))).await
    }

    /// Changes parts of an object and gives it as the server keeps it.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn patch(&self, path: &Path, patch: &Patch<'_>) -> Result<Value, Error> {
        let (content_type, body) = patch.content();
        self.call(Method::PATCH, path, patch.query(), Some((content_type, body))).await
    }

    /// Deletes an object and gives what the server says about it.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn delete(&self, path: &Path, options: &WriteOptions) -> Result<Value, Error> {
        self.call(Method::DELETE, path, options.query(), None).await
    }

    async fn call(
        &self,
        method: Method,
        path: &Path,
        query: Query,
        body: Option<(&'static str, &Value)>,
    ) -> Result<Value, Error> {
        let target = format!("{path}{}", query.text(self.server.timeout()));
        let body = body.map(|(content_type, value)| (content_type, Bytes::from(value.to_string())));
        let reply = self.server.exchange(&method, &target, body, self.deadline).await?;
        reply.into_json(&method, &path.group_resource(), path.name())
    }
}

/// What a server answered.
struct Reply {
    url: String,
    status: StatusCode,
    /// Whether the content is text for people.
    is_text: bool,
    body: Bytes,
}

impl Reply {
    /// The content, or the failure that it tells of. `resource` and `name` say what the call was about.
    fn into_json(self, method: &Method, resource: &str, name: &str) -> Result<Value, Error> {
        let parsed = serde_json::from_slice::<Value>(&self.body);
        if self.status.is_success() {
            return parsed.map_err(|error| Error::malformed(method, &self.url, error));
        }
        if let Ok(value) = &parsed
            && let Some(status) = Status::from_json(value, self.status)
        {
            return Err(Error::Status(status));
        }
        let text = String::from_utf8_lossy(&self.body);
        let text = if self.is_text { text.trim() } else { "unknown" };
        Err(Error::Status(Status::generic(self.status, method, resource, name, text)))
    }
}
