//! How a client is set up.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use rustls::ClientConfig;
use talos_pki::RoleSet;

use super::balancer::Balancer;
use super::credentials::{Context, Credentials, CredentialsError};
use super::endpoint::Endpoint;
use super::tls::{Fingerprint, Trust, config};
use super::{Client, Error};
use crate::grpc::MAX_MESSAGE_SIZE;
use crate::pem;

/// Sets up a [`Client`].
///
/// ```
/// use talos_api::client::{Client, Context};
///
/// # fn main() -> Result<(), talos_api::client::Error> {
/// let context = Context { endpoints: vec!["10.5.0.2".into()], ..Context::default() };
/// let client = Client::builder()
///     .context(&context)
///     .timeout(std::time::Duration::from_secs(10))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ClientBuilder {
    endpoints: Vec<String>,
    socket: Option<PathBuf>,
    nodes: Vec<String>,
    cluster: Option<String>,
    roles: RoleSet,
    credentials: Credentials,
    roots: Vec<u8>,
    maintenance: Option<Vec<Fingerprint>>,
    timeout: Option<Duration>,
    message_size: Option<usize>,
    seed: u64,
}

impl ClientBuilder {
    /// Takes endpoints, nodes, cluster and credentials from a context.
    pub fn context(mut self, context: &Context) -> Self {
        self.endpoints.clone_from(&context.endpoints);
        self.nodes.clone_from(&context.nodes);
        self.cluster.clone_from(&context.cluster);
        self.credentials = context.credentials.clone();
        self
    }

    /// Whom to dial, instead of those of the context: hosts, `host:port`, IPv6 addresses with or without brackets, URLs.
    pub fn endpoints(mut self, endpoints: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.endpoints = endpoints.into_iter().map(Into::into).collect();
        self
    }

    /// Dials a local socket instead, without TLS.
    pub fn socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.socket = Some(path.into());
        self
    }

    /// Whom to talk to when a call names nobody, instead of those of the context.
    pub fn nodes(mut self, nodes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.nodes = nodes.into_iter().map(Into::into).collect();
        self
    }

    /// Name of the cluster, for front ends that serve several.
    pub fn cluster(mut self, cluster: impl Into<String>) -> Self {
        self.cluster = Some(cluster.into());
        self
    }

    /// With which roles to call, where the caller may say so: on a node's own socket, and from one node to another.
    pub fn roles(mut self, roles: &RoleSet) -> Self {
        self.roles = roles.clone();
        self
    }

    /// Trust and identity, instead of those of the context.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Authorities to trust when the credentials name none: PEM certificates, such as the system's. Without both, no node
    /// is trusted.
    pub fn roots(mut self, pem: &[u8]) -> Self {
        self.roots = pem.to_vec();
        self
    }

    /// Talks to nodes that have no configuration yet.
    ///
    /// Such a node has a certificate that nobody can verify. With fingerprints (SHA-256 of the key, see
    /// [`fingerprint`](super::fingerprint)) only a node with one of these keys is accepted; without, any. Credentials
    /// are not used and calls carry no node names.
    pub fn maintenance(mut self, fingerprints: impl IntoIterator<Item = Fingerprint>) -> Self {
        self.maintenance = Some(fingerprints.into_iter().collect());
        self
    }

    /// How long each call may take, streams included. Default: no limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Largest message taken from a node, in bytes. Default: 32 MiB.
    pub fn message_size(mut self, limit: usize) -> Self {
        self.message_size = Some(limit);
        self
    }

    /// A random number that decides in which order endpoints take turns and when failed ones are dialled again.
    ///
    /// The library draws no randomness of its own. Default: 0, which keeps the order of the endpoints.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Makes the client. Nothing is dialled before the first call.
    ///
    /// # Errors
    /// [`Error::NoEndpoints`] without endpoints; [`Error::Credentials`] when they cannot be used.
    pub fn build(self) -> Result<Client, Error> {
        let endpoints = match &self.socket {
            Some(path) => vec![Endpoint::Socket(path.clone())],
            None => self.endpoints.iter().map(|endpoint| Endpoint::parse(endpoint)).collect(),
        };
        if endpoints.is_empty() {
            return Err(Error::NoEndpoints);
        }
        let config = if self.socket.is_some() { None } else { Some(Arc::new(self.config()?)) };
        let headers = self.headers();
        let nodes = if self.maintenance.is_some() { Vec::new() } else { self.nodes };
        let client = Client {
            balancer: Balancer::new(endpoints, config, self.seed),
            headers,
            timeout: self.timeout,
            limit: self.message_size.unwrap_or(MAX_MESSAGE_SIZE),
            unspeakable: None,
        };
        Ok(if nodes.is_empty() { client } else { client.nodes(nodes) })
    }

    fn config(&self) -> Result<ClientConfig, CredentialsError> {
        if let Some(fingerprints) = &self.maintenance {
            return config(Trust::Pinned(fingerprints.clone()), &Credentials::default().decode()?);
        }
        let decoded = self.credentials.decode()?;
        let trust = match decoded.ca.as_deref() {
            None if self.roots.is_empty() => Trust::Nobody,
            authority => Trust::Roots(pem::certificates(authority.unwrap_or(&self.roots))),
        };
        config(trust, &decoded)
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("runtime", HeaderValue::from_static("Talos"));
        if self.maintenance.is_some() {
            return headers;
        }
        if let Some(cluster) = self.cluster.as_deref().filter(|cluster| !cluster.is_empty()) {
            append(&mut headers, HeaderName::from_static("context"), cluster);
        }
        for role in self.roles.iter() {
            append(&mut headers, HeaderName::from_static("talos-role"), role.as_str());
        }
        if let Some(basic) = &self.credentials.basic {
            append(&mut headers, http::header::AUTHORIZATION, &basic.header());
            if let Some(value) = headers.get_mut(http::header::AUTHORIZATION) {
                value.set_sensitive(true);
            }
        }
        headers
    }
}

/// Adds a value, leaving out what cannot stand in a header.
fn append(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.append(name, value);
    }
}
