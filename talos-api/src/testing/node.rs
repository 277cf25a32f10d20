//! A node inside of the test process.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::handler::Call;
use super::identity::Identity;
use super::scenario::Scenario;
use super::server::listen;
use crate::client::{Client, ClientBuilder, Context};

/// A node that answers from a [`Scenario`] and records what it is asked.
///
/// It listens on two free ports of 127.0.0.1: as a configured node that wants a client certificate, and as one in
/// maintenance mode. Both are there when [`start`](Self::start) returns, a few milliseconds later. Dropping it ends all
/// its connections.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use serde_json::json;
/// use talos_api::testing::{Answer, Scenario, TestNode};
///
/// let hostname = json!({"messages": [{"hostname": "cp-1"}]});
/// let scenario = Scenario::typical().answer("machine.MachineService/Hostname", Answer::message(hostname));
/// let node = TestNode::start(scenario).await?;
///
/// let reply = node.client().hostname().await?.one()?;
/// assert_eq!(reply.hostname, "cp-1");
/// assert_eq!(node.calls()[0].method, "machine.MachineService/Hostname");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TestNode {
    shared: Arc<Shared>,
    identity: Identity,
    address: SocketAddr,
    maintenance: SocketAddr,
    tasks: Vec<AbortHandle>,
}

/// What calls share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) scenario: Scenario,
    calls: Mutex<Vec<Call>>,
    /// Number of calls that are or were kept open.
    pub(super) holding: watch::Sender<usize>,
    /// Number of those that their clients ended.
    pub(super) released: watch::Sender<usize>,
}

impl Shared {
    pub(super) fn record(&self, call: Call) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }
}

impl TestNode {
    /// Starts a node inside of the running tokio runtime.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(scenario: Scenario) -> std::io::Result<Self> {
        Self::start_with(scenario, Identity::new("scripted")).await
    }

    /// Starts a node with a given identity, for tests with several nodes of one cluster.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start_with(scenario: Scenario, identity: Identity) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            scenario,
            calls: Mutex::default(),
            holding: watch::Sender::new(0),
            released: watch::Sender::new(0),
        });
        let mut tasks = Vec::new();
        let mut addresses = Vec::new();
        for (name, mutual) in [("node", true), ("maintenance", false)] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            addresses.push(listener.local_addr()?);
            let config = Arc::new(identity.server_config(mutual));
            tasks.push(tokio::spawn(listen(listener, name, Some(config), shared.clone())).abort_handle());
        }
        Ok(Self { shared, identity, address: addresses[0], maintenance: addresses[1], tasks })
    }

    /// Where it listens as a configured node.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens as a node in maintenance mode.
    pub fn maintenance_address(&self) -> SocketAddr {
        self.maintenance
    }

    /// Its authority and certificates.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// A context with one endpoint, an administrator's credentials and no nodes.
    pub fn context(&self) -> Context {
        Context {
            endpoints: vec![self.address.to_string()],
            credentials: self.identity.credentials.clone(),
            ..Context::default()
        }
    }

    /// A client for it, not built yet.
    pub fn client_builder(&self) -> ClientBuilder {
        Client::builder().context(&self.context())
    }

    /// A client for it.
    pub fn client(&self) -> Client {
        self.client_builder().build().expect("the node's own credentials are sound")
    }

    /// A client for its maintenance side that accepts its key only.
    pub fn maintenance_client(&self) -> Client {
        Client::builder()
            .endpoints([self.maintenance.to_string()])
            .maintenance([self.identity.fingerprint])
            .build()
            .expect("there is an endpoint")
    }

    /// The calls so far, in order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until this many calls have been kept open.
    pub async fn held(&self, count: usize) {
        let mut holding = self.shared.holding.subscribe();
        // The sender lives as long as this node.
        let _ = holding.wait_for(|held| *held >= count).await;
    }

    /// Waits until clients have ended this many calls that were kept open.
    pub async fn released(&self, count: usize) {
        let mut released = self.shared.released.subscribe();
        // The sender lives as long as this node.
        let _ = released.wait_for(|ended| *ended >= count).await;
    }
}

impl Drop for TestNode {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn servers_that_offer_no_protocol_are_spoken_to() {
        let mut node = TestNode::start(Scenario::typical()).await.unwrap();
        node.tasks.iter().for_each(AbortHandle::abort);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        node.address = listener.local_addr().unwrap();
        let mut config = node.identity.server_config(true);
        config.alpn_protocols.clear();
        let task = listen(listener, "node", Some(Arc::new(config)), node.shared.clone());
        node.tasks = vec![tokio::spawn(task).abort_handle()];
        node.client().version().await.unwrap();
    }
}
