//! HTTP/2 connections, as gRPC needs them.
//!
//! A connection is served in the task that calls [`serve`]; each of its calls gets a task of its own that ends with the
//! connection. Nothing is buffered beyond the windows of HTTP/2: a slow client slows whoever answers it.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{Request, Response};
use http_body::{Body, Frame};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::panics;

/// What a peer may take of this program.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a call that may be under way before they are read.
    pub stream_window: u32,
    /// Bytes of all calls of a connection that may be under way before they are read.
    pub connection_window: u32,
    /// Bytes of headers of one call.
    pub headers: u32,
    /// Calls of a connection at a time.
    pub calls: u32,
    /// Calls that were reset before they were looked at; more end the connection.
    pub resets: usize,
    /// Bytes of answers that wait for the socket, for each call.
    pub send_buffer: usize,
}

impl Limits {
    /// Those of the API.
    pub const DEFAULT: Self = Self {
        stream_window: 1 << 20,
        connection_window: 4 << 20,
        headers: 64 << 10,
        calls: 256,
        resets: 100,
        send_buffer: 256 << 10,
    };

    /// Those of services for strangers, whose messages are small.
    pub const SMALL: Self = Self {
        stream_window: 64 << 10,
        connection_window: 128 << 10,
        headers: 16 << 10,
        calls: 16,
        resets: 20,
        send_buffer: 64 << 10,
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
    let mut connection = h2::server::Builder::new()
        .initial_window_size(limits.stream_window)
        .initial_connection_window_size(limits.connection_window)
        .max_header_list_size(limits.headers)
        .max_concurrent_streams(limits.calls)
        .max_pending_accept_reset_streams(limits.resets)
        .max_send_buffer_size(limits.send_buffer)
        .handshake(stream)
        .await?;
    let mut calls = JoinSet::new();
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
        calls.spawn(async move {
            // A client that is gone needs no answer.
            let _ = answer(handler, request.map(Incoming::new), respond).await;
        });
        while calls.try_join_next().is_some() {}
    }
}

/// Handles one call, and drops the handler's work as soon as the client gives the call up.
async fn answer<H: Handler>(
    handler: H,
    request: Request<Incoming>,
    mut respond: SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let response = tokio::select! {
        response = panics::survived(handler.handle(request)) => {
            response.unwrap_or_else(|panic| Status::internal(panic.to_string()).into_http())
        }
        // Cancel-safe: it only looks.
        reset = poll_fn(|cx| respond.poll_reset(cx)) => return reset.map(drop),
    };
    let (head, body) = response.into_parts();
    let is_over = body.is_end_stream();
    let mut stream = respond.send_response(Response::from_parts(head, ()), is_over)?;
    if is_over {
        return Ok(());
    }
    let mut body = Box::pin(body);
    loop {
        let frame = tokio::select! {
            frame = poll_fn(|cx| body.as_mut().poll_frame(cx)) => frame,
            // Cancel-safe: it only looks.
            reset = poll_fn(|cx| stream.poll_reset(cx)) => return reset.map(drop),
        };
        match frame.map(|frame| frame.map(Frame::into_data)) {
            Some(Ok(Ok(data))) => send(&mut stream, data).await?,
            Some(Ok(Err(frame))) => {
                if let Ok(trailers) = frame.into_trailers() {
                    return stream.send_trailers(trailers);
                }
            }
            // The status of a call stands in its trailers; without them it was cut off.
            Some(Err(_)) => {
                stream.send_reset(h2::Reason::INTERNAL_ERROR);
                return Ok(());
            }
            None => return stream.send_data(Bytes::new(), true),
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
