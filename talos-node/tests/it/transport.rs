//! HTTP/2 connections between two ends of a pipe.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;
use h2::client::SendRequest;
use http::{Request, Response};
use talos_node::server::transport::{Handler, Incoming, Limits, serve};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

/// Answers with the path, or never.
#[derive(Clone, Default)]
struct Paths {
    asked: Arc<Notify>,
    dropped: Arc<Notify>,
}

struct Held(Arc<Notify>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Handler for Paths {
    type Body = Body;

    async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        let _held = Held(self.dropped.clone());
        self.asked.notify_one();
        match request.uri().path() {
            "/never" => std::future::pending().await,
            path => Response::builder().header("path", path).body(Body::empty()).unwrap(),
        }
    }
}

async fn connect(handler: Paths) -> SendRequest<Bytes> {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move { serve(theirs, handler, &Limits::DEFAULT, &CancellationToken::new()).await });
    let (client, connection) = h2::client::handshake(ours).await.unwrap();
    tokio::spawn(connection);
    client.ready().await.unwrap()
}

fn request(path: &str) -> Request<()> {
    Request::post(format!("http://node{path}")).body(()).unwrap()
}

#[tokio::test]
async fn calls_of_one_connection_do_not_wait_for_each_other() {
    let mut client = connect(Paths::default()).await;
    let (_never, _) = client.send_request(request("/never"), true).unwrap();
    for path in ["/a", "/b"] {
        let (response, _) = client.send_request(request(path), true).unwrap();
        assert_eq!(response.await.unwrap().headers()["path"], path);
    }
}

#[tokio::test]
async fn work_ends_when_the_client_gives_the_call_up() {
    let paths = Paths::default();
    let mut client = connect(paths.clone()).await;
    let (response, mut stream) = client.send_request(request("/never"), false).unwrap();
    paths.asked.notified().await;
    stream.send_reset(h2::Reason::CANCEL);
    drop(response);
    paths.dropped.notified().await;
}

#[tokio::test]
async fn work_ends_when_the_client_is_gone() {
    let paths = Paths::default();
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let server = tokio::spawn({
        let paths = paths.clone();
        async move { serve(theirs, paths, &Limits::DEFAULT, &CancellationToken::new()).await }
    });
    let (mut client, connection) = h2::client::handshake(ours).await.unwrap();
    let connection = tokio::spawn(connection);
    poll_fn(|cx| client.poll_ready(cx)).await.unwrap();
    let (_response, _stream) = client.send_request(request("/never"), true).unwrap();
    paths.asked.notified().await;
    connection.abort();
    paths.dropped.notified().await;
    // Broken off or not, it is over.
    let _ = server.await.unwrap();
}

#[tokio::test]
async fn a_connection_that_is_stopped_ends_with_its_last_call() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let stop = CancellationToken::new();
    let paths = Paths::default();
    let server = tokio::spawn({
        let (paths, stop) = (paths.clone(), stop.clone());
        async move { serve(theirs, paths, &Limits::DEFAULT, &stop).await }
    });
    let (client, connection) = h2::client::handshake(ours).await.unwrap();
    tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let (response, mut stream) = client.send_request(request("/never"), false).unwrap();
    paths.asked.notified().await;
    stop.cancel();
    tokio::task::yield_now().await;
    assert!(!server.is_finished(), "a call is under way");
    stream.send_reset(h2::Reason::CANCEL);
    drop(response);
    // Whether the last words still found somebody does not matter.
    let _ = server.await.unwrap();
}
