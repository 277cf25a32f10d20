//! Peers that misbehave.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};
use talos_api::client::{Client, Error};
use talos_api::proto::machine::DmesgRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tonic::Code;

/// What a peer does with the response of every call.
type Misbehave = fn(h2::server::SendResponse<Bytes>);

/// A client of a peer without TLS that treats every call alike.
async fn peer(name: &str, misbehave: Misbehave) -> Client {
    let path = std::env::temp_dir().join(format!("talos-api-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((_, respond))) = connection.accept().await {
            misbehave(respond);
        }
    });
    let client = Client::builder().socket(&path).timeout(Duration::from_secs(5)).build().unwrap();
    // The socket is needed for the first connection only.
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let _ = std::fs::remove_file(path);
    });
    client
}

fn head() -> Response<()> {
    Response::builder().header("content-type", "application/grpc").body(()).unwrap()
}

fn trailers(status: &'static str, more: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(status));
    for (key, value) in more {
        trailers.insert(*key, HeaderValue::from_static(value));
    }
    trailers
}

async fn failure(client: &Client) -> (Code, String) {
    match client.version().await.unwrap_err() {
        Error::Call(status) => (status.code(), status.message().to_owned()),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_by_its_length() {
    let client = peer("large", |mut respond| {
        let mut body = respond.send_response(head(), false).unwrap();
        body.send_data(Bytes::from_static(&[0, 0x40, 0, 0, 0]), false).unwrap();
        std::mem::forget(body);
    })
    .await;
    let text = "grpc: received message larger than max (1073741824 vs. 33554432)".to_owned();
    assert_eq!(failure(&client).await, (Code::ResourceExhausted, text));
}

#[tokio::test]
async fn garbage_in_a_message_is_told() {
    let client = peer("garbage", |mut respond| {
        let mut body = respond.send_response(head(), false).unwrap();
        body.send_data(Bytes::from_static(&[0, 0, 0, 0, 2, 0xff, 0xff]), false).unwrap();
        body.send_trailers(trailers("0", &[])).unwrap();
    })
    .await;
    let (code, text) = failure(&client).await;
    assert_eq!(code, Code::Internal);
    assert!(text.starts_with("grpc: failed to unmarshal the received message"), "{text}");
}

#[tokio::test]
async fn a_reply_that_is_cut_off_is_an_error() {
    let client = peer("cut", |mut respond| {
        let mut body = respond.send_response(head(), false).unwrap();
        body.send_data(Bytes::from_static(&[0, 0, 0, 0, 9, 1]), false).unwrap();
        body.send_trailers(trailers("0", &[])).unwrap();
    })
    .await;
    assert_eq!(failure(&client).await, (Code::Internal, "unexpected EOF".into()));
    let client = peer("no-trailers", |mut respond| {
        let mut body = respond.send_response(head(), false).unwrap();
        body.send_data(Bytes::from_static(&[0, 0, 0, 0, 0]), true).unwrap();
    })
    .await;
    assert_eq!(failure(&client).await, (Code::Internal, "server closed the stream without sending trailers".into()));
}

#[tokio::test]
async fn damaged_trailers_do_no_harm() {
    let bad = [("grpc-status-details-bin", "***"), ("grpc-message", "%zz%")];
    assert_eq!(trailers("5", &bad).len(), 3);
    let client = peer("trailers", |mut respond| {
        let bad = [("grpc-status-details-bin", "***"), ("grpc-message", "%zz%")];
        let mut response = head();
        response.headers_mut().extend(trailers("5", &bad));
        respond.send_response(response, true).unwrap();
    })
    .await;
    assert_eq!(failure(&client).await, (Code::NotFound, "%zz%".into()));
    // Generated clients sit on the same service and must survive, too.
    let mut generated =
        talos_api::proto::machine::machine_service_client::MachineServiceClient::new(client.without_nodes());
    assert_eq!(generated.version(()).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn resets_are_told_by_name() {
    let client = peer("reset", |mut respond| respond.send_reset(h2::Reason::INTERNAL_ERROR)).await;
    let text = "stream terminated by RST_STREAM with error code: INTERNAL_ERROR".to_owned();
    assert_eq!(failure(&client).await, (Code::Internal, text));
    let client = peer("refuse", |mut respond| respond.send_reset(h2::Reason::REFUSED_STREAM)).await;
    assert_eq!(failure(&client).await.0, Code::Unavailable);
}

#[tokio::test]
async fn a_web_server_is_recognised() {
    let client = peer("web", |mut respond| {
        let response = Response::builder().status(502).header("content-type", "text/html").body(()).unwrap();
        respond.send_response(response, true).unwrap();
    })
    .await;
    let text = "unexpected HTTP status code received from server: 502 (Bad Gateway); \
                transport: received unexpected content-type \"text/html\"";
    assert_eq!(failure(&client).await, (Code::Unavailable, text.into()));
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_is_told() {
    let client = peer("end", |mut respond| {
        let mut body = respond.send_response(head(), false).unwrap();
        body.send_data(Bytes::from_static(&[0, 0, 0, 0, 0]), false).unwrap();
        std::mem::forget(body);
        panic!("ends the task and with it the connection");
    })
    .await;
    let mut stream = client.dmesg(DmesgRequest::default()).await.unwrap();
    let mut last = stream.next().await.unwrap();
    if last.is_ok() {
        last = stream.next().await.unwrap();
    }
    assert_eq!(last.unwrap_err().to_string(), "rpc error: code = Unavailable desc = error reading from server: EOF");
}

#[tokio::test]
async fn a_peer_that_closes_after_every_call_is_dialled_again() {
    let path = std::env::temp_dir().join(format!("talos-api-{}-again", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut connection = h2::server::handshake(stream).await.unwrap();
            let Some(Ok((_, mut respond))) = connection.accept().await else { continue };
            let mut body = respond.send_response(head(), false).unwrap();
            body.send_data(Bytes::from_static(&[0, 0, 0, 0, 0]), false).unwrap();
            body.send_trailers(trailers("0", &[])).unwrap();
            connection.graceful_shutdown();
            while let Some(Ok(_)) = connection.accept().await {}
        }
    });
    let client = Client::builder().socket(&path).timeout(Duration::from_secs(5)).build().unwrap();
    for _ in 0..5 {
        client.version().await.unwrap();
    }
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn peers_that_do_not_speak_the_protocol_are_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = [0; 64];
            let _ = stream.read(&mut hello).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let client = Client::builder().endpoints([address.to_string()]).maintenance([]).build().unwrap();
    let (code, text) = failure(&client).await;
    assert_eq!(code, Code::Unavailable);
    assert!(text.contains("tls: first record does not look like a TLS handshake"), "{text}");
}

#[tokio::test]
async fn a_silent_peer_costs_no_more_than_the_time_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = Client::builder()
        .endpoints([address.to_string()])
        .maintenance([])
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    assert_eq!(failure(&client).await, (Code::DeadlineExceeded, "context deadline exceeded".into()));
}

#[tokio::test]
async fn peers_that_begin_with_something_else_are_not_dialled_for_ever() {
    let path = std::env::temp_dir().join(format!("talos-api-{}-preface", std::process::id()));
    for (hello, wanted) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "initial http2 frame from server is not a settings frame"),
        // Settings, and then a frame that nobody may send.
        (&[0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 4, 1, 0, 0, 0, 0, 7][..], "error reading "),
        (&[][..], "error reading server preface: "),
    ] {
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).unwrap();
        let accepted = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = accepted.clone();
        let peer = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let mut preface = [0; 24];
                let _ = stream.read_exact(&mut preface).await;
                let _ = stream.write_all(hello).await;
                let _ = stream.shutdown().await;
            }
        });
        let client = Client::builder().socket(&path).timeout(Duration::from_secs(5)).build().unwrap();
        let (code, text) = failure(&client).await;
        assert_eq!(code, Code::Unavailable, "{text}");
        assert!(text.contains(wanted), "{text}");
        assert!(accepted.load(std::sync::atomic::Ordering::Relaxed) <= 4);
        peer.abort();
    }
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn an_archive_without_end_is_refused() {
    let client = peer("endless", |mut respond| {
        let mut body = respond.send_response(head(), false).unwrap();
        tokio::spawn(async move {
            let message = talos_api::grpc::frame_message(&talos_api::proto::common::Data {
                bytes: vec![7; 1 << 20].into(),
                ..Default::default()
            });
            loop {
                body.reserve_capacity(message.len());
                let Some(Ok(_)) = std::future::poll_fn(|cx| body.poll_capacity(cx)).await else { return };
                if body.send_data(message.clone(), false).is_err() {
                    return;
                }
            }
        });
    })
    .await;
    let error = client.kubeconfig().await.unwrap_err();
    assert_eq!(error.to_string(), "error unpacking kubeconfig: archive is too large");
}
