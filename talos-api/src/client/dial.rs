//! From an endpoint to an HTTP/2 connection that the peer has answered on.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use super::endpoint::Endpoint;
use super::line::{Keepalive, Line, Loss};
use super::tls;
use crate::grpc::status::quoted;

/// A connection attempt may take this long.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Flow control, as the reference's client sets it.
const STREAM_WINDOW: u32 = 65_535 * 32;
const CONNECTION_WINDOW: u32 = 65_535 * 16;

/// Largest frame the peer may send; more than the default saves work on bulk streams.
const FRAME_SIZE: u32 = 256 << 10;

/// Header lists over this size end the stream.
const HEADER_LIST: u32 = 64 << 10;

/// Idle connections are probed by TCP after this time, so that a vanished peer is noticed.
const TCP_KEEPALIVE: Duration = Duration::from_secs(15);

/// An established connection.
pub(crate) struct Dialed {
    pub(crate) sender: SendRequest<Bytes>,
    pub(crate) peer: SocketAddr,
    pub(crate) line: Arc<Line>,
    /// Moves the bytes of the connection; ends when the connection does.
    pub(crate) driver: Driver,
}

/// The running part of a connection.
pub(crate) type Driver = Pin<Box<dyn Future<Output = Result<(), h2::Error>> + Send>>;

/// Why there is no connection, in the reference's words.
#[derive(Clone, Debug)]
pub(crate) struct DialError {
    /// What was being done, as messages about nodes begin.
    stage: &'static str,
    reason: String,
    /// What the operating system calls it, if it was asked.
    #[cfg_attr(not(feature = "kubernetes"), expect(dead_code, reason = "only asked for there"))]
    kind: Option<io::ErrorKind>,
}

impl DialError {
    fn dialing(reason: impl std::fmt::Display) -> Self {
        Self { stage: "transport: Error while dialing", reason: reason.to_string(), kind: None }
    }

    fn handshake(reason: impl std::fmt::Display) -> Self {
        Self { stage: "transport: authentication handshake failed", ..Self::dialing(reason) }
    }

    fn preface(reason: impl std::fmt::Display) -> Self {
        Self { stage: "error reading server preface", ..Self::dialing(reason) }
    }

    fn of_kind(self, kind: Option<io::ErrorKind>) -> Self {
        Self { kind, ..self }
    }

    /// Out of time.
    fn late(self) -> Self {
        self.of_kind(Some(io::ErrorKind::TimedOut))
    }

    /// The text a call fails with.
    pub(crate) fn text(&self) -> String {
        format!("connection error: desc = {}", quoted(&format!("{}: {}", self.stage, self.reason)))
    }

    /// The reason alone.
    #[cfg(feature = "kubernetes")]
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether it may well go better soon: the peer is not there, or went away.
    #[cfg(feature = "kubernetes")]
    pub(crate) fn is_passing(&self) -> bool {
        self.kind.is_some_and(is_passing)
    }
}

/// Whether a failure of a connection may well be over soon.
#[cfg(feature = "kubernetes")]
pub(crate) fn is_passing(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, TimedOut, UnexpectedEof};
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionRefused | ConnectionReset | TimedOut | UnexpectedEof)
}

/// What a connection attempt has no more time for.
const EXCEEDED: &str = "context deadline exceeded";

/// Dials, within the time allowed for it.
pub(crate) async fn dial(endpoint: &Endpoint, config: Option<Arc<ClientConfig>>) -> Result<Dialed, DialError> {
    let until = Instant::now() + TIMEOUT;
    let (host, port) = match endpoint {
        Endpoint::Socket(path) => {
            let stream = UnixStream::connect(path).await.map_err(|error| {
                DialError::dialing(format_args!("dial unix {}: connect: {}", path.display(), os_text(&error)))
            })?;
            return start(stream, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "localhost", until).await;
        }
        Endpoint::Network { host, port } => (host.as_str(), port.as_str()),
    };
    let (stream, peer) = open(host, port, until).await?;
    let Some(config) = config else { return start(stream, peer, host, until).await };
    let name = server_name(host).map_err(DialError::handshake)?;
    let stream = timeout_at(until, TlsConnector::from(config).connect(name, stream))
        .await
        .map_err(|_| DialError::handshake(EXCEEDED).late())?
        .map_err(|error| DialError::handshake(stream_text(&error, host)).of_kind(Some(error.kind())))?;
    start(stream, peer, host, until).await
}

/// Opens a TCP connection to the first address that takes it.
async fn open(host: &str, port: &str, until: Instant) -> Result<(TcpStream, SocketAddr), DialError> {
    let number: u16 =
        port.parse().map_err(|_| DialError::dialing(format_args!("dial tcp: lookup tcp/{port}: unknown port")))?;
    let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, number)],
        Err(_) => timeout_at(until, tokio::net::lookup_host((host, number)))
            .await
            .map_err(|_| DialError::dialing(format_args!("dial tcp: lookup {host}: i/o timeout")).late())?
            .map(Iterator::collect)
            .map_err(|_| DialError::dialing(format_args!("dial tcp: lookup {host}: no such host")))?,
    };
    let mut failure = DialError::dialing(format_args!("dial tcp: lookup {host}: no such host"));
    let count = addresses.len() as u32;
    for (address, left) in addresses.into_iter().zip((1..=count).rev()) {
        // Each gets its share, so that one that swallows packets does not hide the others.
        let share = Instant::now() + until.saturating_duration_since(Instant::now()) / left;
        let (reason, kind) = match timeout_at(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Neither is needed for a working connection.
                let _ = stream.set_nodelay(true);
                let keepalive = socket2::TcpKeepalive::new().with_time(TCP_KEEPALIVE).with_interval(TCP_KEEPALIVE);
                let _ = socket2::SockRef::from(&stream).set_tcp_keepalive(&keepalive);
                return Ok((stream, address));
            }
            Ok(Err(error)) => (format!("connect: {}", os_text(&error)), error.kind()),
            Err(_) => ("i/o timeout".to_owned(), io::ErrorKind::TimedOut),
        };
        failure = DialError::dialing(format_args!("dial tcp {address}: {reason}")).of_kind(Some(kind));
    }
    Err(failure)
}

/// The name to verify. Addresses are sent without SNI, as RFC 6066 asks for.
fn server_name(host: &str) -> Result<ServerName<'static>, String> {
    let host = host.split('%').next().unwrap_or(host);
    ServerName::try_from(host.to_owned()).map_err(|_| format!("tls: invalid server name {host}"))
}

/// Starts HTTP/2 and waits for the head of the peer's first frame: only then is it known to speak the protocol and to
/// accept the certificate.
async fn start<S>(stream: S, peer: SocketAddr, host: &str, until: Instant) -> Result<Dialed, DialError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (answered, mut answer) = oneshot::channel();
    let line = Line::new();
    let preface = Preface::Reading(Vec::new(), answered);
    let stream = Watched { stream, preface, line: line.clone(), host: host.to_owned() };
    // HTTP/2 keeps the kind of a failure only; the words are those of the stream.
    let text = |error: &h2::Error| match line.loss() {
        Some(Loss::Stream(text)) => text.clone(),
        _ => connection_text(error, host),
    };
    let kind = |error: &h2::Error| error.get_io().map(io::Error::kind);
    let (sender, mut connection) = h2::client::Builder::new()
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME_SIZE)
        .max_header_list_size(HEADER_LIST)
        .enable_push(false)
        .max_send_buffer_size(1 << 20)
        .handshake::<_, Bytes>(stream)
        .await
        .map_err(|error| DialError::preface(text(&error)).of_kind(kind(&error)))?;
    let pings = connection.ping_pong().expect("nobody has taken it");
    let mut keepalive = Keepalive::new(line.clone(), pings);
    let mut driver: Driver = Box::pin(std::future::poll_fn(move |cx| {
        if let Poll::Ready(outcome) = Pin::new(&mut connection).poll(cx) {
            return Poll::Ready(outcome);
        }
        // Dropping the connection ends the calls on it.
        keepalive.poll(cx).map(|()| Ok(()))
    }));
    let no_settings = || DialError::preface("initial http2 frame from server is not a settings frame");
    tokio::select! {
        biased;
        Ok(is_settings) = &mut answer => match is_settings {
            true => Ok(Dialed { sender, peer, line, driver }),
            false => Err(no_settings()),
        },
        outcome = &mut driver => Err(match outcome {
            // A connection may both answer and end at once.
            _ if answer.try_recv() == Ok(false) => no_settings(),
            Ok(()) => DialError::preface("EOF").of_kind(Some(io::ErrorKind::UnexpectedEof)),
            Err(error) => DialError::preface(text(&error)).of_kind(kind(&error)),
        }),
        () = tokio::time::sleep_until(until) => Err(DialError::preface(EXCEEDED).late()),
    }
}

/// A stream that tells what its first bytes are, when bytes came last, and why it failed.
struct Watched<S> {
    stream: S,
    preface: Preface,
    line: Arc<Line>,
    /// Whom the texts of failures are about.
    host: String,
}

/// The first frame of a peer.
enum Preface {
    /// As much of its head as has come, and who wants to know whether it is one of settings.
    Reading(Vec<u8>, oneshot::Sender<bool>),
    Read,
}

/// Length of the head of a frame, in bytes.
const FRAME_HEAD: usize = 9;

impl Preface {
    fn push(&mut self, bytes: &[u8]) {
        let Self::Reading(head, _) = self else { return };
        head.extend_from_slice(&bytes[..bytes.len().min(FRAME_HEAD - head.len())]);
        if head.len() == FRAME_HEAD
            && let Self::Reading(head, answered) = std::mem::replace(self, Self::Read)
        {
            // Nobody listens when the attempt was given up.
            let _ = answered.send(is_settings(&head));
        }
    }
}

/// Whether the head of a frame is one of settings, which every peer begins with.
fn is_settings(head: &[u8]) -> bool {
    let [high, middle, low, kind, flags, stream @ ..] = head else { return false };
    let length = u32::from_be_bytes([0, *high, *middle, *low]);
    length.is_multiple_of(6) && length <= FRAME_SIZE && *kind == 4 && flags & 1 == 0 && stream == [0; 4]
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let outcome = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        let bytes = &buf.filled()[before..];
        match &outcome {
            Ok(()) if bytes.is_empty() => {}
            Ok(()) => {
                self.line.hear();
                self.preface.push(bytes);
            }
            Err(error) => {
                if let Some(tls) = tls_error(error) {
                    self.line.lose(Loss::Stream(tls::failure_text(tls, &self.host)));
                }
            }
        }
        Poll::Ready(outcome)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// What the operating system says, without the number and in lower case.
fn os_text(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// Words for a failure of the byte stream below HTTP/2.
pub(crate) fn stream_text(error: &io::Error, host: &str) -> String {
    if let Some(tls) = tls_error(error) {
        return tls::failure_text(tls, host);
    }
    match error.kind() {
        // HTTP/2 calls an end in the middle of streams a broken pipe.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => "EOF".into(),
        io::ErrorKind::ConnectionReset => "read: connection reset by peer".into(),
        _ => os_text(error),
    }
}

/// Words for the end of a connection.
pub(crate) fn connection_text(error: &h2::Error, host: &str) -> String {
    match error.get_io() {
        Some(io) => stream_text(io, host),
        None => error.to_string(),
    }
}
