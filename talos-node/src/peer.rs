//! Calls to others: one HTTP/2 connection to a peer that speaks gRPC.

use std::future::{Future, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Ping, PingPong, SendStream};
use http::uri::PathAndQuery;
use http::{Request, Response};
use http_body::{Body as _, Frame};
use prost::Message;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;

use crate::server::transport::Incoming;

/// Bytes of one answer, and of all answers of a connection, that may be under way before they are read.
const STREAM_WINDOW: u32 = 65_535 * 32;
const CONNECTION_WINDOW: u32 = 65_535 * 16;

/// How long a peer may take to answer a sign of life.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whom to call, and how.
#[derive(Clone, Debug)]
pub(crate) struct Dial {
    /// Name or address.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
    /// What the peer must show, and what it is shown; `None` for a connection that everybody can read.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// The caller's own address. It counts only where nodes share a computer and meet on its loopback addresses:
    /// everywhere else the network knows better.
    pub(crate) own: Option<IpAddr>,
    /// How often a peer is asked whether it is still there; `None` for never.
    pub(crate) keepalive: Option<Duration>,
}

impl Dial {
    /// Host and port as they stand in addresses.
    fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

/// A connection that stands. Clones are the same, and it ends with the last of them.
#[derive(Clone)]
pub(crate) struct Peer {
    sender: SendRequest<Bytes>,
    /// Scheme and authority.
    origin: Arc<str>,
    _driver: Arc<AbortOnDropHandle<()>>,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Peer {
    /// Connects. It takes as long as the network does.
    pub(crate) async fn connect(dial: &Dial) -> Result<Self, Status> {
        let authority = dial.authority();
        let stream = open(dial).await.map_err(|error| {
            Status::unavailable(format!(
                "connection error: desc = \"transport: Error while dialing: dial tcp {authority}: {error}\""
            ))
        })?;
        let Some(config) = &dial.tls else {
            return Self::start(stream, format!("http://{authority}"), dial.keepalive).await;
        };
        let name = ServerName::try_from(dial.host.clone())
            .map_err(|_| Status::internal(format!("invalid target {:?}", dial.host)))?;
        let stream = TlsConnector::from(config.clone()).connect(name, stream).await.map_err(|error| {
            Status::unavailable(format!(
                "connection error: desc = \"transport: authentication handshake failed: {error}\""
            ))
        })?;
        Self::start(stream, format!("https://{authority}"), dial.keepalive).await
    }

    async fn start<S>(stream: S, origin: String, keepalive: Option<Duration>) -> Result<Self, Status>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, mut connection) = h2::client::Builder::new()
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .enable_push(false)
            .handshake(stream)
            .await
            .map_err(lost)?;
        let pings = connection.ping_pong();
        let driver = tokio::spawn(async move {
            tokio::select! {
                // Its failure is that of every call under way.
                _ = connection => {}
                () = silence(pings, keepalive) => {}
            }
        });
        Ok(Self { sender, origin: origin.into(), _driver: Arc::new(AbortOnDropHandle::new(driver)) })
    }

    /// Whether calls are certain to fail: the connection has ended.
    pub(crate) async fn is_over(&self) -> bool {
        poll_fn(|cx| Poll::Ready(matches!(self.sender.clone().poll_ready(cx), Poll::Ready(Err(_))))).await
    }

    /// Sends a request, and gives the answer as it comes. Only the path of its address counts.
    pub(crate) async fn send(self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let uri = format!("{}{path}", self.origin);
        parts.uri = uri.parse().map_err(|_| Status::internal(format!("invalid target {uri:?}")))?;
        parts.version = http::Version::HTTP_2;
        parts.extensions = http::Extensions::new();
        let mut sender = self.sender.clone().ready().await.map_err(lost)?;
        let (response, stream) = sender.send_request(Request::from_parts(parts, ()), false).map_err(lost)?;
        let sending = AbortOnDropHandle::new(tokio::spawn(send(body, stream)));
        let (head, body) = response.await.map_err(lost)?.into_parts();
        let body = Passing { body: Incoming::new(body), _sending: sending, _peer: self };
        Ok(Response::from_parts(head, Body::new(body)))
    }

    /// Calls a method with one message that is answered with one.
    pub(crate) async fn unary<Q, A>(&self, path: &'static str, request: tonic::Request<Q>) -> Result<A, Status>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        let path = PathAndQuery::from_static(path);
        let answer = Grpc::new(self.clone()).unary(request, path, ProstCodec::<Q, A>::default()).await?;
        Ok(answer.into_inner())
    }

    /// Calls a method with one message that is answered with many.
    pub(crate) async fn streaming<Q, A>(&self, path: &'static str, message: Q) -> Result<Streaming<A>, Status>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        let (request, path) = (tonic::Request::new(message), PathAndQuery::from_static(path));
        let answer = Grpc::new(self.clone()).server_streaming(request, path, ProstCodec::<Q, A>::default()).await?;
        Ok(answer.into_inner())
    }
}

impl tower_service::Service<Request<Body>> for Peer {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}

/// Opens a connection to the first address that takes it.
async fn open(dial: &Dial) -> std::io::Result<TcpStream> {
    let mut failure = std::io::Error::new(std::io::ErrorKind::NotFound, "no such host");
    for address in tokio::net::lookup_host((dial.host.as_str(), dial.port)).await? {
        match open_one(address, dial.own).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

async fn open_one(address: SocketAddr, own: Option<IpAddr>) -> std::io::Result<TcpStream> {
    let is_neighbour =
        |own: &IpAddr| own.is_loopback() && address.ip().is_loopback() && own.is_ipv4() == address.is_ipv4();
    let Some(own) = own.filter(is_neighbour) else { return TcpStream::connect(address).await };
    let socket = if own.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind((own, 0).into())?;
    socket.connect(address).await
}

/// Ends when the peer does not answer any more.
async fn silence(pings: Option<PingPong>, keepalive: Option<Duration>) {
    let (Some(mut pings), Some(keepalive)) = (pings, keepalive) else { return std::future::pending().await };
    loop {
        tokio::time::sleep(keepalive).await;
        if !matches!(timeout(PATIENCE, pings.ping(Ping::opaque())).await, Ok(Ok(_))) {
            return;
        }
    }
}

fn lost(error: h2::Error) -> Status {
    Status::unavailable(format!("error reading from server: {error}"))
}

/// Passes the request on as fast as the peer takes it.
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
    _sending: AbortOnDropHandle<Result<(), h2::Error>>,
    /// The connection lasts as long as the answer.
    _peer: Peer,
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
