//! HTTP/2 connections, as gRPC needs them.
//!
//! A connection is served in the task that calls [`serve`]; each of its calls gets a task of its own that ends with the
//! connection. Nothing is buffered beyond the windows of HTTP/2: a slow client slows whoever answers it, and what a peer
//! announces takes no memory before it is there.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{Request, Response};
use http_body::{Body, Frame};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::panics;

use super::budget::Place;

/// What peers may take of this program: all of a listener together, a connection, and a call.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections of a listener whose peer has not begun with HTTP/2; of more, the oldest is ended.
    pub greeting: usize,
    /// Connections of a listener without a call; of more, the one that has been so for longest is ended.
    pub idle: usize,
    /// Connections of a listener with calls; of more, the one that has been so for longest is ended.
    pub busy: usize,
    /// How long a peer may take to agree on keys, and then again to begin with HTTP/2.
    pub patience: Duration,
    /// Bytes of a call that may be under way before they are read.
    pub stream_window: u32,
    /// Bytes of all calls of a connection that may be under way before they are read.
    pub connection_window: u32,
    /// Bytes of headers of one call, as HTTP/2 counts them: 32 more for each header. Frames of headers that go on for longer
    /// end the connection.
    pub headers: u32,
    /// Calls of a connection at a time.
    pub calls: u32,
    /// Calls that were reset before they were looked at; more end the connection.
    pub resets: usize,
    /// Calls of a connection that clients gave up within a second; more end the connection.
    pub given_up: u32,
    /// Bytes of answers that wait for the socket, for each call.
    pub send_buffer: usize,
}

impl Limits {
    /// Those of the API.
    pub const DEFAULT: Self = Self {
        greeting: 512,
        idle: 1024,
        busy: 1024,
        patience: Duration::from_secs(10),
        stream_window: 1 << 20,
        connection_window: 4 << 20,
        headers: 64 << 10,
        calls: 256,
        resets: 100,
        given_up: 500,
        send_buffer: 256 << 10,
    };

    /// Those of services for strangers, whose messages are small.
    pub const SMALL: Self = Self {
        busy: 256,
        stream_window: 64 << 10,
        connection_window: 128 << 10,
        headers: 16 << 10,
        calls: 16,
        resets: 20,
        send_buffer: 64 << 10,
        ..Self::DEFAULT
    };
}

/// How long running calls are waited for when a service ends.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// Answers calls.
pub trait Handler: Clone + Send + 'static {
    /// Body of an answer.
    type Body: Body<Data = Bytes, Error: Send> + Default + Send + 'static;

    /// Answers a call. Failures are answers, too.
    fn handle(&self, request: Request<Incoming>) -> impl Future<Output = Response<Self::Body>> + Send;
}

/// Serves one connection until the peer is gone. After `stop`, no new calls are taken, and it ends with the last one.
///
/// # Errors
/// When the peer breaks the protocol, or the connection breaks.
pub async fn serve<S, H>(stream: S, handler: H, limits: &Limits, stop: &CancellationToken) -> Result<(), h2::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Handler,
{
    serve_in(None, stream, handler, limits, stop).await
}

/// Serves a connection as [`serve`] does, and tells the place that it has among others what it does.
pub(crate) async fn serve_in<S, H>(
    place: Option<&Place>,
    stream: S,
    handler: H,
    limits: &Limits,
    stop: &CancellationToken,
) -> Result<(), h2::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Handler,
{
    let greeting = h2::server::Builder::new()
        .initial_window_size(limits.stream_window)
        .initial_connection_window_size(limits.connection_window)
        .max_header_list_size(limits.headers)
        .max_concurrent_streams(limits.calls)
        .max_pending_accept_reset_streams(limits.resets)
        .max_send_buffer_size(limits.send_buffer)
        .handshake(stream);
    // One who says nothing is left alone.
    let Ok(connection) = timeout(limits.patience, greeting).await else { return Ok(()) };
    let mut connection = connection?;
    if let Some(place) = place {
        place.greeted();
    }
    let mut calls = JoinSet::new();
    let mut given_up = Rate::default();
    let mut is_stopping = false;
    loop {
        let request = tokio::select! {
            request = connection.accept() => request,
            // Cancel-safe: it only looks.
            () = stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                connection.graceful_shutdown();
                continue;
            }
        };
        let Some(request) = request else { return Ok(()) };
        let (request, respond) = request?;
        let handler = handler.clone();
        let under_way = place.map(Place::call);
        calls.spawn(async move {
            let _under_way = under_way;
            answer(handler, request.map(Incoming::new), respond).await
        });
        while let Some(ended) = calls.try_join_next() {
            if !matches!(ended, Ok(Ok(Ended::Answered))) && given_up.another(Instant::now()) > limits.given_up {
                is_stopping = true;
                connection.abrupt_shutdown(h2::Reason::ENHANCE_YOUR_CALM);
            }
        }
    }
}

/// How often something happened within a second.
#[derive(Default)]
struct Rate {
    since: Option<Instant>,
    count: u32,
}

impl Rate {
    /// Counts another time, and tells how many there were since the second began.
    fn another(&mut self, now: Instant) -> u32 {
        if self.since.is_none_or(|since| now.duration_since(since) >= Duration::from_secs(1)) {
            *self = Self { since: Some(now), count: 0 };
        }
        self.count += 1;
        self.count
    }
}

/// What became of a call.
enum Ended {
    /// It has its answer.
    Answered,
    /// The client wants none any more.
    GivenUp,
}

/// Handles one call, and drops the handler's work as soon as the client gives the call up.
async fn answer<H: Handler>(
    handler: H,
    request: Request<Incoming>,
    mut respond: SendResponse<Bytes>,
) -> Result<Ended, h2::Error> {
    let response = tokio::select! {
        response = panics::survived(handler.handle(request)) => {
            response.unwrap_or_else(|panic| Status::internal(panic.to_string()).into_http())
        }
        // Cancel-safe: it only looks.
        reset = poll_fn(|cx| respond.poll_reset(cx)) => return reset.map(|_| Ended::GivenUp),
    };
    let (head, body) = response.into_parts();
    let is_over = body.is_end_stream();
    let mut stream = respond.send_response(Response::from_parts(head, ()), is_over)?;
    if is_over {
        return Ok(Ended::Answered);
    }
    let mut body = Box::pin(body);
    loop {
        let frame = tokio::select! {
            frame = poll_fn(|cx| body.as_mut().poll_frame(cx)) => frame,
            // Cancel-safe: it only looks.
            reset = poll_fn(|cx| stream.poll_reset(cx)) => return reset.map(|_| Ended::GivenUp),
        };
        match frame.map(|frame| frame.map(Frame::into_data)) {
            Some(Ok(Ok(data))) => send(&mut stream, data).await?,
            Some(Ok(Err(frame))) => {
                if let Ok(trailers) = frame.into_trailers() {
                    return stream.send_trailers(trailers).map(|()| Ended::Answered);
                }
            }
            // The status of a call stands in its trailers; without them it was cut off.
            Some(Err(_)) => {
                stream.send_reset(h2::Reason::INTERNAL_ERROR);
                return Ok(Ended::Answered);
            }
            None => return stream.send_data(Bytes::new(), true).map(|()| Ended::Answered),
        }
    }
}

/// Sends as fast as the client takes it.
async fn send(stream: &mut SendStream<Bytes>, mut data: Bytes) -> Result<(), h2::Error> {
    while !data.is_empty() {
        stream.reserve_capacity(data.len());
        match poll_fn(|cx| stream.poll_capacity(cx)).await {
            Some(capacity) => stream.send_data(data.split_to(capacity?.min(data.len())), false)?,
            None => return Err(h2::Reason::CANCEL.into()),
        }
    }
    Ok(())
}

/// The body of a request. What was read makes room for more.
#[derive(Debug)]
pub struct Incoming {
    stream: RecvStream,
}

impl Incoming {
    pub(crate) fn new(stream: RecvStream) -> Self {
        Self { stream }
    }
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        match self.stream.poll_data(cx) {
            Poll::Ready(Some(Ok(data))) => {
                // Fails only for a stream that is over, which the next look tells.
                let _ = self.stream.flow_control().release_capacity(data.len());
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error))),
            Poll::Ready(None) => match self.stream.poll_trailers(cx) {
                Poll::Ready(Ok(trailers)) => Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers)))),
                Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
                Poll::Pending => Poll::Pending,
            },
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_counted_second_by_second() {
        let (mut rate, start) = (Rate::default(), Instant::now());
        let counts = [0, 10, 999, 1000, 1999, 5000];
        let counts = counts.map(|after| rate.another(start + Duration::from_millis(after)));
        assert_eq!(counts, [1, 2, 3, 1, 2, 1]);
    }
}
