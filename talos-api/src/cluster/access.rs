//! Both ways into a cluster.

use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::texts::chain;
use crate::client::{self, Client};
use crate::kubernetes::{self, Config, ConfigError};

/// A cluster: a client of its nodes, and one of its Kubernetes API, which is made with the kubeconfig of a control plane
/// node when it is first needed.
#[derive(Debug)]
pub struct Cluster {
    client: Client,
    host: Option<String>,
    kubernetes: OnceCell<kubernetes::Client>,
}

/// Why the Kubernetes API cannot be called.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// No control plane node gave a kubeconfig.
    #[error("{}", chain(.0))]
    Kubeconfig(client::Error),
    /// What it gave cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There was no time left.
    #[error("context deadline exceeded")]
    OutOfTime,
}

impl Cluster {
    /// A cluster behind a client. The kubeconfig comes from the node that the client names, or from an endpoint.
    pub fn new(client: Client) -> Self {
        Self { client, host: None, kubernetes: OnceCell::new() }
    }

    /// The same with the Kubernetes API at another host than the kubeconfig says, port 6443.
    #[must_use]
    pub fn kubernetes_at(self, host: &str) -> Self {
        Self { host: Some(host.to_owned()).filter(|host| !host.is_empty()), ..self }
    }

    /// The same with a client of the Kubernetes API that is there already.
    #[must_use]
    pub fn with_kubernetes(self, client: kubernetes::Client) -> Self {
        Self { kubernetes: OnceCell::new_with(Some(client)), ..self }
    }

    /// The client of the nodes.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The client of the Kubernetes API.
    ///
    /// # Errors
    /// [`AccessError`]; the next call tries again.
    pub async fn kubernetes(&self) -> Result<&kubernetes::Client, AccessError> {
        self.kubernetes
            .get_or_try_init(async || {
                let text = self.client.kubeconfig().await.map_err(AccessError::Kubeconfig)?;
                let config = Config::from_kubeconfig(&text)?;
                let config = match &self.host {
                    Some(host) => config.at_host(host),
                    None => config,
                };
                Ok(kubernetes::Client::new(&config)?)
            })
            .await
    }

    /// The client of the Kubernetes API, for calls that end at a moment.
    pub(super) async fn kubernetes_until(&self, deadline: Instant) -> Result<kubernetes::Client, AccessError> {
        let client = tokio::time::timeout_at(deadline, self.kubernetes()).await;
        Ok(client.map_err(|_| AccessError::OutOfTime)??.with_deadline(deadline))
    }
}
