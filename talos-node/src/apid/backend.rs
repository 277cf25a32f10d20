//! Connections to other nodes: one for each target, made on first use and kept.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::SendStream;
use h2::client::SendRequest;
use http::{HeaderValue, Request, Response};
use http_body::{Body as _, Frame};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use talos_api::resources::secrets::ApiCertsSpec;
use talos_api::server::route;
use talos_api::tls;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tonic::Status;
use tonic::body::Body;

use super::Call;
use crate::server::listener::{TlsError, chain_and_key, roots};
use crate::server::transport::Incoming;

/// How long a node may take until it is connected.
const CONNECT: Duration = Duration::from_secs(20);

/// Bytes of one answer, and of all answers of a connection, that may be under way before they are read.
const STREAM_WINDOW: u32 = 65_535 * 32;
const CONNECTION_WINDOW: u32 = 65_535 * 16;

/// All other nodes that were called so far.
pub(super) struct Backends {
    port: u16,
    tls: RwLock<Option<Arc<ClientConfig>>>,
    /// Each has its lock, so that a node that does not answer keeps nobody else waiting.
    connections: std::sync::Mutex<HashMap<String, Arc<Connection>>>,
}

/// A connection to one node, as soon as there is one.
type Connection = Mutex<Option<SendRequest<Bytes>>>;

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
        let sender = self.connection(target).await?;
        let mut request = Request::new(());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() =
            format!("https://{}{}", authority(target, self.port), call.path).parse().map_err(|_| invalid(target))?;
        *request.headers_mut() = route::outgoing(&call.headers, call.authority.as_deref(), &call.caller);
        let headers = request.headers_mut();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(http::header::TE, HeaderValue::from_static("trailers"));
        if let Some(deadline) = call.headers.get("grpc-timeout") {
            headers.insert("grpc-timeout", deadline.clone());
        }
        let mut sender = sender.ready().await.map_err(lost)?;
        let (response, stream) = sender.send_request(request, false).map_err(lost)?;
        let sending = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(send(call.body, stream)));
        let (head, body) = response.await.map_err(lost)?.into_parts();
        Ok(Response::from_parts(head, Body::new(Passing { body: Incoming::new(body), _sending: sending })))
    }

    async fn connection(&self, target: &str) -> Result<SendRequest<Bytes>, Status> {
        let slot = {
            let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
            connections.entry(target.to_owned()).or_default().clone()
        };
        let mut slot = slot.lock().await;
        if let Some(known) = &*slot {
            // A connection that is over says so at once.
            if poll_fn(|cx| Poll::Ready(!matches!(known.clone().poll_ready(cx), Poll::Ready(Err(_))))).await {
                return Ok(known.clone());
            }
        }
        let connected = timeout(CONNECT, self.connect(target)).await;
        let sender =
            connected.map_err(|_| Status::unavailable("connection error: desc = \"transport: timeout\""))??;
        *slot = Some(sender.clone());
        Ok(sender)
    }

    async fn connect(&self, target: &str) -> Result<SendRequest<Bytes>, Status> {
        let config = self.tls.read().unwrap_or_else(PoisonError::into_inner).clone();
        let config = config.ok_or_else(|| Status::permission_denied("no request forwarding"))?;
        let name = ServerName::try_from(target.to_owned()).map_err(|_| invalid(target))?;
        let address = authority(target, self.port);
        let dialing = |error: std::io::Error| {
            Status::unavailable(format!(
                "connection error: desc = \"transport: Error while dialing: dial tcp {address}: {error}\""
            ))
        };
        let stream = TcpStream::connect(&address).await.map_err(dialing)?;
        stream.set_nodelay(true).map_err(dialing)?;
        let stream = TlsConnector::from(config).connect(name, stream).await.map_err(|error| {
            Status::unavailable(format!(
                "connection error: desc = \"transport: authentication handshake failed: {error}\""
            ))
        })?;
        let (sender, connection) = h2::client::Builder::new()
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .enable_push(false)
            .handshake(stream)
            .await
            .map_err(lost)?;
        // It ends with the last of its senders, or when the node is gone; the next call sees that.
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// Where a node's API is.
fn authority(target: &str, port: u16) -> String {
    if target.contains(':') { format!("[{target}]:{port}") } else { format!("{target}:{port}") }
}

fn invalid(target: &str) -> Status {
    Status::internal(format!("invalid target {target:?}"))
}

fn lost(error: h2::Error) -> Status {
    Status::unavailable(format!("error reading from server: {error}"))
}

/// Passes the request on as fast as the node takes it.
async fn send(body: Body, mut stream: SendStream<Bytes>) -> Result<(), h2::Error> {
    let mut body = Box::pin(body);
    while let Some(Ok(frame)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(mut data) = frame.into_data() else { continue };
        while !data.is_empty() {
            stream.reserve_capacity(data.len());
            match poll_fn(|cx| stream.poll_capacity(cx)).await {
                Some(capacity) => stream.send_data(data.split_to(capacity?.min(data.len())), false)?,
                None => return Ok(()),
            }
        }
    }
    stream.send_data(Bytes::new(), true)
}

/// An answer on its way back. When it is dropped, so is the request.
struct Passing {
    body: Incoming,
    _sending: tokio_util::task::AbortOnDropHandle<Result<(), h2::Error>>,
}

impl http_body::Body for Passing {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.body).poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(lost)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}
