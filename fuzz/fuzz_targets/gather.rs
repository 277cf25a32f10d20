//! Any bytes as answers of nodes, in any pieces: they become one answer with something of every node, and nothing waits.
#![no_main]

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};
use http_body::{Body as _, Frame};
use libfuzzer_sys::fuzz_target;
use prost::Message;
use talos_api::grpc::Deframer;
use talos_api::proto::machine::VersionResponse;
use talos_node::apid::gather;
use tonic::body::Body;

/// Pieces of an answer, and its end.
struct Pieces(std::vec::IntoIter<Frame<Bytes>>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}

/// An answer: a byte for the size of its pieces, a byte for its end, its bytes.
fn answer(bytes: &[u8]) -> Response<Body> {
    let [size, end, content @ ..] = bytes else { return Response::new(Body::empty()) };
    let chunks = content.chunks(usize::from(*size) + 1).map(|chunk| Frame::data(Bytes::copy_from_slice(chunk)));
    let mut frames: Vec<Frame<Bytes>> = chunks.collect();
    if end % 8 != 0 {
        let mut trailers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(&[b'0' + end % 16]) {
            trailers.insert("grpc-status", value);
        }
        if let Ok(value) = HeaderValue::from_bytes(&content[..content.len().min(20)]) {
            trailers.insert("grpc-message", value);
        }
        frames.push(Frame::trailers(trailers));
    }
    Response::new(Body::new(Pieces(frames.into_iter())))
}

/// All messages of a merged answer.
async fn messages(response: Response<Body>) -> Vec<Bytes> {
    let mut body = Box::pin(response.into_body());
    let mut deframer = Deframer::new(64 << 20);
    let mut messages = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await {
        if let Ok(data) = frame.expect("it comes from here").into_data() {
            deframer.push(data);
        }
        while let Some(message) = deframer.next().expect("it was framed here") {
            messages.push(message);
        }
    }
    assert!(!deframer.is_inside_message());
    messages
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let parts: Vec<&[u8]> = rest.chunks(rest.len() / 3 + 1).collect();
    let calls = parts.iter().enumerate().map(|(number, part)| {
        let answer = answer(part);
        (format!("10.0.0.{number}"), async move { answer })
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let work = async {
        let response = match kind % 2 {
            0 => gather::unary(calls).await,
            _ => gather::stream(calls),
        };
        (response.headers().contains_key("grpc-status"), messages(response).await)
    };
    let done = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), work).await });
    let (is_refused, messages) = done.expect("nothing waits");
    if kind % 2 == 0 && !is_refused {
        let [merged] = messages.as_slice() else { panic!("{} messages", messages.len()) };
        // What nodes say may be anything; if it can be read, each has at least one element.
        if let Ok(merged) = VersionResponse::decode(merged.clone()) {
            assert!(merged.messages.len() >= parts.len());
        }
    }
});
