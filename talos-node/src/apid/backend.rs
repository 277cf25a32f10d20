//! Connections to other nodes: one for each target, made on first use and kept.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::{HeaderValue, Request, Response};
use rustls::ClientConfig;
use talos_api::resources::secrets::ApiCertsSpec;
use talos_api::server::route;
use talos_api::tls;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tonic::Status;
use tonic::body::Body;

use super::Call;
use crate::peer::{Dial, Peer};
use crate::server::listener::{TlsError, chain_and_key, roots};

/// How long a node may take until it is connected.
const CONNECT: Duration = Duration::from_secs(20);

/// All other nodes that were called so far.
pub(super) struct Backends {
    port: u16,
    tls: RwLock<Option<Arc<ClientConfig>>>,
    /// Each has its lock, so that a node that does not answer keeps nobody else waiting.
    connections: std::sync::Mutex<HashMap<String, Arc<Connection>>>,
}

/// A connection to one node, as soon as there is one.
type Connection = Mutex<Option<Peer>>;

impl Backends {
    pub(super) fn new(port: u16) -> Self {
        Self { port, tls: RwLock::default(), connections: std::sync::Mutex::default() }
    }

    /// Shows this certificate to other nodes from now on; connections that stand stay.
    pub(super) fn set(&self, certificates: &ApiCertsSpec) -> Result<(), TlsError> {
        let (Some(client), Some(ca)) = (&certificates.client, &certificates.ca) else { return Ok(()) };
        let (chain, key) = chain_and_key(client)?;
        let mut config = ClientConfig::builder_with_provider(tls::server_provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots(ca)?)
            .with_client_auth_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        *self.tls.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(config));
        Ok(())
    }

    /// Whether there is a certificate to call others with.
    pub(super) fn can_call(&self) -> bool {
        self.tls.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Passes a call on, and its answer back.
    pub(super) async fn call(&self, target: &str, call: Call) -> Result<Response<Body>, Status> {
        let peer = self.connection(target).await?;
        let mut request = Request::new(call.body);
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() =
            call.path.parse().map_err(|_| Status::internal(format!("invalid path {:?}", call.path)))?;
        *request.headers_mut() = route::outgoing(&call.headers, call.authority.as_deref(), &call.caller);
        let headers = request.headers_mut();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(http::header::TE, HeaderValue::from_static("trailers"));
        if let Some(deadline) = call.headers.get("grpc-timeout") {
            headers.insert("grpc-timeout", deadline.clone());
        }
        peer.send(request).await
    }

    async fn connection(&self, target: &str) -> Result<Peer, Status> {
        let slot = {
            let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
            connections.entry(target.to_owned()).or_default().clone()
        };
        let mut slot = slot.lock_owned().await;
        if let Some(known) = &*slot
            && !known.is_over().await
        {
            return Ok(known.clone());
        }
        let connected = timeout(CONNECT, self.connect(target)).await;
        let timed_out = |_| Status::unavailable("connection error: desc = \"transport: timeout\"");
        match connected.map_err(timed_out).and_then(|connected| connected) {
            Ok(peer) => {
                *slot = Some(peer.clone());
                Ok(peer)
            }
            Err(status) => {
                *slot = None;
                drop(slot);
                self.tidy();
                Err(status)
            }
        }
    }

    /// Forgets targets that nobody waits for and that there is no connection to: callers can name as many as they like.
    fn tidy(&self) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.try_lock().is_ok_and(|peer| peer.is_some()));
    }

    async fn connect(&self, target: &str) -> Result<Peer, Status> {
        let config = self.tls.read().unwrap_or_else(PoisonError::into_inner).clone();
        let config = config.ok_or_else(|| Status::permission_denied("no request forwarding"))?;
        let (host, port) = (target.to_owned(), self.port);
        Peer::connect(&Dial { host, port, tls: Some(config), own: None, keepalive: None }).await
    }
}
