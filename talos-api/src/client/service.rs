//! The client as a service below generated code: whatever speaks to a tonic channel can speak to it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use h2::{RecvStream, SendStream};
use http::uri::PathAndQuery;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use tonic::Status;

use super::Client;
use super::balancer::Balancer;
use super::call::{Head, failure, open};
use super::line::Waiting;
use crate::grpc::status;

/// Body of a reply, for generated clients.
pub struct ReplyBody {
    receive: RecvStream,
    is_read: bool,
    line: Waiting,
    /// Keeps the client's connections while the call runs.
    _balancer: Arc<Balancer>,
}

impl std::fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplyBody").field("is_read", &self.is_read).finish_non_exhaustive()
    }
}

impl tower_service::Service<Request<tonic::body::Body>> for Client {
    type Response = Response<ReplyBody>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<tonic::body::Body>) -> Self::Future {
        let balancer = self.balancer.clone();
        let refused = self.refused();
        let (parts, body) = request.into_parts();
        let mut headers = parts.headers;
        for (name, value) in &self.headers {
            headers.append(name.clone(), value.clone());
        }
        let path = parts.uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        let head = Head { path, headers, timeout: None };
        Box::pin(async move {
            refused?;
            let (connection, response, send) = open(&balancer, &head).await?;
            let line = connection.line.wait();
            let upload = tokio::spawn(send_all(body, send));
            let response = response.await.map_err(|error| failure(&error, &line));
            if response.is_err() {
                upload.abort();
            }
            let (mut parts, receive) = response?.into_parts();
            clean(&mut parts.headers);
            Ok(Response::from_parts(parts, ReplyBody { receive, is_read: false, line, _balancer: balancer }))
        })
    }
}

/// Moves a request body; ends early when the peer wants no more.
async fn send_all(mut body: tonic::body::Body, mut send: SendStream<Bytes>) {
    while let Some(frame) = body.frame().await {
        let Ok(mut data) = frame.map_err(drop).and_then(|frame| frame.into_data().map_err(drop)) else {
            // The body failed: the peer must not take what it has for the whole.
            send.send_reset(h2::Reason::CANCEL);
            return;
        };
        while data.has_remaining() {
            send.reserve_capacity(data.remaining());
            match std::future::poll_fn(|cx| send.poll_capacity(cx)).await {
                Some(Ok(capacity)) => {
                    let part = data.copy_to_bytes(capacity.min(data.remaining()));
                    if send.send_data(part, false).is_err() {
                        return;
                    }
                }
                _ => return,
            }
        }
    }
    // Fails only when the stream is over.
    let _ = send.send_data(Bytes::new(), true);
}

/// Takes out damaged details, which generated clients do not survive.
fn clean(headers: &mut HeaderMap) {
    if headers.contains_key("grpc-status-details-bin")
        && let Some(status) = status::from_trailers(headers)
    {
        headers.remove("grpc-status-details-bin");
        headers.extend(status::to_trailers(&status));
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if !self.is_read {
            match ready!(self.receive.poll_data(cx)) {
                Some(Ok(data)) => {
                    // Fails only when the stream is over, which the next look tells.
                    let _ = self.receive.flow_control().release_capacity(data.len());
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(failure(&error, &self.line)))),
                None => self.is_read = true,
            }
        }
        Poll::Ready(match ready!(self.receive.poll_trailers(cx)) {
            Ok(Some(mut trailers)) => {
                clean(&mut trailers);
                Some(Ok(Frame::trailers(trailers)))
            }
            Ok(None) => None,
            Err(error) => Some(Err(failure(&error, &self.line))),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.receive.is_end_stream()
    }
}
