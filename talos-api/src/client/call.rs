//! One call: a request out, messages in, a status at the end.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::{Reason, RecvStream, SendStream};
use http::header::{CONTENT_TYPE, HeaderValue, TE, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use tokio::time::{Sleep, sleep};
use tonic::{Code, Status};

use super::balancer::{Balancer, Connection};
use super::dial::connection_text;
use super::line::{Loss, Waiting};
use crate::grpc::{Deframer, FrameError, status};

const AGENT: &str = concat!("talos-rs/", env!("CARGO_PKG_VERSION"));

/// What is the same for every message of a call.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// `/package.Service/Method`.
    pub(crate) path: PathAndQuery,
    pub(crate) headers: HeaderMap,
    /// How long the call may take as a whole.
    pub(crate) timeout: Option<Duration>,
}

/// The receiving half of a call. Dropping it cancels the call.
pub(crate) struct Incoming {
    state: Receiving,
    deframer: Deframer,
    deadline: Option<Pin<Box<Sleep>>>,
    peer: SocketAddr,
    line: Waiting,
    /// The peer said that it did nothing about the request.
    is_unprocessed: bool,
    /// Keeps the client's connections while the call runs.
    _balancer: Arc<Balancer>,
}

enum Receiving {
    Headers(ResponseFuture),
    Messages(RecvStream),
    Trailers(RecvStream),
    Ended,
}

/// The sending half of a call whose request is a stream.
pub(crate) struct Outgoing {
    send: SendStream<Bytes>,
}

/// Sends a request of one message; the reply comes later, whatever it is.
///
/// A call that reached no peer moves on to the next connection.
///
/// # Errors
/// `Unavailable` when no endpoint can be reached.
pub(crate) async fn call(
    balancer: &Arc<Balancer>,
    head: Head,
    message: Bytes,
    limit: usize,
) -> Result<Incoming, Status> {
    let (mut send, incoming) = within(head.timeout, start(balancer, &head, limit)).await?;
    // Fails only when the stream is over; then the reply says why.
    let _ = send.send_data(message, true);
    Ok(incoming)
}

/// Opens a call whose request is a stream.
///
/// # Errors
/// `Unavailable` when no endpoint can be reached.
pub(crate) async fn open_upload(
    balancer: &Arc<Balancer>,
    head: Head,
    limit: usize,
) -> Result<(Outgoing, Incoming), Status> {
    let (send, incoming) = within(head.timeout, start(balancer, &head, limit)).await?;
    Ok((Outgoing { send }, incoming))
}

async fn start(balancer: &Arc<Balancer>, head: &Head, limit: usize) -> Result<(SendStream<Bytes>, Incoming), Status> {
    let deadline = head.timeout.map(|timeout| Box::pin(sleep(timeout)));
    let (connection, response, send) = open(balancer, head).await?;
    let incoming = Incoming {
        state: Receiving::Headers(response),
        deframer: Deframer::new(limit),
        deadline,
        peer: connection.peer,
        line: connection.line.wait(),
        is_unprocessed: false,
        _balancer: balancer.clone(),
    };
    Ok((send, incoming))
}

/// A call moves on from a connection that turns out to be closed, but not for ever.
const MOST_CONNECTIONS: usize = 4;

/// Puts the head of a call on a connection.
///
/// # Errors
/// `Unavailable` when no endpoint can be reached, or when those that can close every connection at once.
pub(super) async fn open(
    balancer: &Arc<Balancer>,
    head: &Head,
) -> Result<(Connection, ResponseFuture, SendStream<Bytes>), Status> {
    let mut tried = 0;
    loop {
        let connection = balancer.connection().await?;
        match send_head(&connection, head).await {
            Ok((response, send)) => return Ok((connection, response, send)),
            Err(error) => {
                balancer.forget(&connection);
                tried += 1;
                if tried == MOST_CONNECTIONS {
                    return Err(failure(&error, &connection.line.wait()));
                }
            }
        }
    }
}

async fn send_head(connection: &Connection, head: &Head) -> Result<(ResponseFuture, SendStream<Bytes>), h2::Error> {
    let mut sender = connection.sender.clone().ready().await?;
    sender.send_request(request(connection, head), false)
}

fn request(connection: &Connection, head: &Head) -> Request<()> {
    let uri = Uri::builder()
        .scheme("https")
        .authority(connection.authority.clone())
        .path_and_query(head.path.clone())
        .build()
        .expect("authority and path are well-formed");
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    *request.version_mut() = Version::HTTP_2;
    let mut headers = head.headers.clone();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    if let Some(timeout) = head.timeout {
        headers.insert("grpc-timeout", timeout_header(timeout));
    }
    *request.headers_mut() = headers;
    request
}

/// At most eight digits and a unit.
fn timeout_header(timeout: Duration) -> HeaderValue {
    let text = [(timeout.as_nanos(), 'n'), (timeout.as_micros(), 'u'), (timeout.as_millis(), 'm')]
        .into_iter()
        .find(|(amount, _)| *amount < 100_000_000)
        .map_or_else(|| format!("{}S", timeout.as_secs().min(99_999_999)), |(amount, unit)| format!("{amount}{unit}"));
    HeaderValue::try_from(text).expect("digits and a letter")
}

/// Refuses replies of servers that do not speak gRPC.
fn check_headers(code: StatusCode, headers: &HeaderMap) -> Result<(), Status> {
    let kind = headers.get(CONTENT_TYPE).map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
    let is_grpc = kind.as_deref().is_some_and(|kind| {
        kind.strip_prefix("application/grpc").is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
    });
    if is_grpc && code == StatusCode::OK {
        return Ok(());
    }
    let mut texts = Vec::new();
    if code != StatusCode::OK {
        let reason = code.canonical_reason().unwrap_or_default();
        texts.push(format!("unexpected HTTP status code received from server: {} ({reason})", code.as_u16()));
    }
    match kind {
        _ if is_grpc => {}
        Some(kind) => texts.push(format!("transport: received unexpected content-type {}", status::quoted(&kind))),
        None => texts.push("malformed header: missing HTTP content-type".into()),
    }
    let code = match code.as_u16() {
        400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502..=504 => Code::Unavailable,
        _ => Code::Unknown,
    };
    Err(Status::new(code, texts.join("; ")))
}

/// Whether the peer said that it did nothing about a request.
fn is_unprocessed(error: &h2::Error) -> bool {
    error.is_remote()
        && match error.reason() {
            Some(Reason::REFUSED_STREAM) => true,
            // Streams over the last one named there were not looked at.
            Some(Reason::NO_ERROR) => error.is_go_away(),
            _ => false,
        }
}

/// The status of a call that HTTP/2 ended.
pub(super) fn failure(error: &h2::Error, line: &Waiting) -> Status {
    if error.is_reset() && error.is_remote() {
        let reason = error.reason().unwrap_or(Reason::INTERNAL_ERROR);
        let code = match reason {
            Reason::REFUSED_STREAM => Code::Unavailable,
            Reason::CANCEL => Code::Cancelled,
            Reason::FLOW_CONTROL_ERROR | Reason::ENHANCE_YOUR_CALM => Code::ResourceExhausted,
            Reason::INADEQUATE_SECURITY => Code::PermissionDenied,
            _ => Code::Internal,
        };
        return Status::new(code, format!("stream terminated by RST_STREAM with error code: {reason:?}"));
    }
    match line.loss() {
        Some(Loss::Silent) => {
            Status::unavailable("connection error: desc = \"keepalive ping failed to receive ACK within timeout\"")
        }
        Some(Loss::Stream(text)) => Status::unavailable(format!("error reading from server: {text}")),
        None => Status::unavailable(format!("error reading from server: {}", connection_text(error, ""))),
    }
}

async fn within<T>(timeout: Option<Duration>, work: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    match timeout {
        None => work.await,
        Some(timeout) => tokio::time::timeout(timeout, work).await.unwrap_or_else(|_| Err(exceeded())),
    }
}

fn exceeded() -> Status {
    Status::deadline_exceeded("context deadline exceeded")
}

impl Incoming {
    /// Address of the peer.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Whether the call failed because the peer did not look at it: it may be sent again.
    pub(crate) fn is_unprocessed(&self) -> bool {
        self.is_unprocessed
    }

    /// The next message, still encoded; `None` when the call ended well.
    pub(crate) async fn message(&mut self) -> Result<Option<Bytes>, Status> {
        std::future::poll_fn(|cx| self.poll_message(cx)).await
    }

    pub(crate) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Status>> {
        let outcome = self.poll_next(cx);
        if let Poll::Ready(Err(_) | Ok(None)) = &outcome {
            self.state = Receiving::Ended;
        }
        if outcome.is_pending()
            && let Some(deadline) = &mut self.deadline
        {
            ready!(deadline.as_mut().poll(cx));
            self.state = Receiving::Ended;
            return Poll::Ready(Err(exceeded()));
        }
        outcome
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Status>> {
        loop {
            match &mut self.state {
                Receiving::Headers(response) => match ready!(Pin::new(response).poll(cx)) {
                    Ok(response) => self.state = opened(response)?,
                    Err(error) => {
                        self.is_unprocessed = is_unprocessed(&error);
                        return Poll::Ready(Err(failure(&error, &self.line)));
                    }
                },
                Receiving::Messages(receive) => match self.deframer.next() {
                    Ok(Some(message)) => return Poll::Ready(Ok(Some(message))),
                    Err(error) => return Poll::Ready(Err(frame_failure(error))),
                    Ok(None) => match ready!(receive.poll_data(cx)) {
                        Some(Ok(chunk)) => {
                            // Fails only when the stream is over, which the next look tells.
                            let _ = receive.flow_control().release_capacity(chunk.len());
                            self.deframer.push(chunk);
                        }
                        Some(Err(error)) => return Poll::Ready(Err(failure(&error, &self.line))),
                        None => {
                            let Receiving::Messages(receive) = std::mem::replace(&mut self.state, Receiving::Ended)
                            else {
                                unreachable!("matched above")
                            };
                            self.state = Receiving::Trailers(receive);
                        }
                    },
                },
                Receiving::Trailers(receive) => {
                    let trailers = ready!(receive.poll_trailers(cx)).map_err(|error| failure(&error, &self.line))?;
                    return Poll::Ready(self.finish(trailers.as_ref()).map(|()| None));
                }
                Receiving::Ended => return Poll::Ready(Ok(None)),
            }
        }
    }

    fn finish(&self, trailers: Option<&HeaderMap>) -> Result<(), Status> {
        let Some(status) = trailers.and_then(status::from_trailers) else {
            return Err(Status::internal("server closed the stream without sending trailers"));
        };
        match status.code() {
            Code::Ok if self.deframer.is_inside_message() => Err(Status::internal("unexpected EOF")),
            Code::Ok => Ok(()),
            _ => Err(status),
        }
    }
}

/// What follows the headers of a reply.
fn opened(response: Response<RecvStream>) -> Result<Receiving, Status> {
    let (parts, receive) = response.into_parts();
    check_headers(parts.status, &parts.headers)?;
    // A reply without messages has the status in its headers.
    match status::from_trailers(&parts.headers) {
        None => Ok(Receiving::Messages(receive)),
        Some(status) if status.code() == Code::Ok => Ok(Receiving::Ended),
        Some(status) => Err(status),
    }
}

fn frame_failure(error: FrameError) -> Status {
    let code = match error {
        FrameError::TooLarge { .. } => Code::ResourceExhausted,
        FrameError::Compressed => Code::Internal,
    };
    Status::new(code, error.to_string())
}

impl Outgoing {
    /// Sends one framed message, waiting for the peer to take it. False when the peer wants no more.
    pub(crate) async fn send(&mut self, mut framed: Bytes) -> bool {
        while !framed.is_empty() {
            self.send.reserve_capacity(framed.len());
            let capacity = match std::future::poll_fn(|cx| self.send.poll_capacity(cx)).await {
                Some(Ok(capacity)) => capacity.min(framed.len()),
                Some(Err(_)) | None => return false,
            };
            if self.send.send_data(framed.split_to(capacity), false).is_err() {
                return false;
            }
        }
        true
    }

    /// Ends the request.
    pub(crate) fn finish(mut self) {
        // Fails only when the stream is over; then the reply says why.
        let _ = self.send.send_data(Bytes::new(), true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_fit_eight_digits() {
        let text = |timeout| timeout_header(timeout).to_str().unwrap().to_owned();
        assert_eq!(text(Duration::from_millis(50)), "50000000n");
        assert_eq!(text(Duration::from_secs(30)), "30000000u");
        assert_eq!(text(Duration::from_secs(3600)), "3600000m");
        assert_eq!(text(Duration::from_secs(u64::MAX)), "99999999S");
    }

    #[test]
    fn tells_what_a_web_server_answered() {
        let mut headers = HeaderMap::new();
        let failure = check_headers(StatusCode::NOT_FOUND, &headers).unwrap_err();
        assert_eq!(failure.code(), Code::Unimplemented);
        assert_eq!(
            failure.message(),
            "unexpected HTTP status code received from server: 404 (Not Found); \
             malformed header: missing HTTP content-type"
        );
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        let failure = check_headers(StatusCode::OK, &headers).unwrap_err();
        assert_eq!(failure.message(), "transport: received unexpected content-type \"text/html\"");
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc+proto"));
        assert!(check_headers(StatusCode::OK, &headers).is_ok());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc-web"));
        assert!(check_headers(StatusCode::OK, &headers).is_err());
    }
}
