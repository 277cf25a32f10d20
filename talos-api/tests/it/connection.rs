//! Endpoints, trust, identity.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use talos_api::client::{Client, Context, Error};
use talos_api::testing::{Identity, Scenario, TestNode};
use tonic::Code;

/// An address that refuses connections.
fn closed() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

async fn node() -> TestNode {
    TestNode::start(Scenario::typical()).await.unwrap()
}

#[tokio::test]
async fn a_refused_connection_is_told_at_once_in_the_known_words() {
    let node = node().await;
    let closed = closed();
    let client = node.client_builder().endpoints([closed.to_string()]).build().unwrap();
    let started = Instant::now();
    let text = format!(
        "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: \
         dial tcp {closed}: connect: connection refused\""
    );
    for _ in 0..3 {
        assert_eq!(client.version().await.unwrap_err().to_string(), text);
    }
    assert!(started.elapsed() < Duration::from_secs(2));
    let two = node.client_builder().endpoints([closed.to_string(), closed.to_string()]).build().unwrap();
    let error = two.version().await.unwrap_err();
    assert!(error.to_string().contains("desc = last connection error: connection error: desc = "), "{error}");
}

#[tokio::test]
async fn an_endpoint_that_is_down_costs_nothing_while_another_answers() {
    let node = node().await;
    // An address of a network made for documentation: packets to it get lost.
    for dead in [closed().to_string(), "192.0.2.1:50000".into()] {
        let endpoints = [dead, node.address().to_string()];
        let client = node.client_builder().endpoints(endpoints).build().unwrap();
        let started = Instant::now();
        for _ in 0..10 {
            client.version().await.unwrap();
        }
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }
}

#[tokio::test]
async fn calls_go_round_over_the_endpoints() {
    let identity = Identity::new("shared");
    let credentials = identity.credentials.clone();
    let (first, second) = (node().await, TestNode::start_with(Scenario::typical(), identity).await.unwrap());
    // Both listen under the same authority only in the second case.
    let client = Client::builder()
        .endpoints([second.address().to_string(), format!("localhost:{}", second.address().port())])
        .credentials(credentials)
        .build()
        .unwrap();
    for _ in 0..10 {
        client.version().await.unwrap();
    }
    assert_eq!(second.calls().len(), 10);
    assert!(first.calls().is_empty());
}

#[tokio::test]
async fn a_node_that_went_away_is_told_as_unavailable() {
    let identity = Identity::new("again");
    let first = TestNode::start_with(Scenario::typical(), identity).await.unwrap();
    let client = first.client();
    client.version().await.unwrap();
    let closed = first.address();
    drop(first);
    // The port is free once the listener is gone.
    while std::net::TcpStream::connect(closed).is_ok() {
        tokio::task::yield_now().await;
    }
    let error = client.version().await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_told_in_the_known_words() {
    let node = node().await;
    let context = Context { credentials: Identity::new("other").credentials, ..node.context() };
    let client = Client::builder().context(&context).build().unwrap();
    assert_eq!(
        client.version().await.unwrap_err().to_string(),
        "rpc error: code = Unavailable desc = connection error: desc = \"transport: authentication handshake failed: \
         tls: failed to verify certificate: x509: certificate signed by unknown authority\""
    );
    let nobody = Client::builder().endpoints([node.address().to_string()]).build().unwrap();
    let error = nobody.version().await.unwrap_err();
    assert!(error.to_string().contains("x509: certificate signed by unknown authority"), "{error}");
}

#[tokio::test]
async fn a_client_certificate_is_asked_for_and_judged() {
    let node = node().await;
    let mut context = node.context();
    context.credentials.crt.clear();
    context.credentials.key.clear();
    let error = Client::builder().context(&context).build().unwrap().version().await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.to_string().contains("remote error: tls: certificate required"), "{error}");

    let other = Identity::new("other").credentials;
    context.credentials.crt = other.crt;
    context.credentials.key = other.key;
    let error = Client::builder().context(&context).build().unwrap().version().await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.to_string().contains("remote error: tls: "), "{error}");
}

#[tokio::test]
async fn the_name_must_be_in_the_certificate() {
    let node = node().await;
    let client = node.client_builder().endpoints([format!("127.0.0.2:{}", node.address().port())]).build().unwrap();
    let error = client.version().await.unwrap_err();
    // The node listens on 127.0.0.1 only.
    assert!(error.to_string().contains("connection refused"), "{error}");
    let named = node.client_builder().endpoints([format!("localhost:{}", node.address().port())]).build().unwrap();
    named.version().await.unwrap();
}

#[tokio::test]
async fn maintenance_takes_any_certificate_or_a_pinned_one() {
    let node = node().await;
    let endpoint = [node.maintenance_address().to_string()];
    let any = Client::builder().endpoints(endpoint.clone()).maintenance([]).nodes(["10.5.0.2"]).build().unwrap();
    any.version().await.unwrap();
    node.maintenance_client().version().await.unwrap();
    assert!(node.calls().iter().all(|call| call.listener == "maintenance" && call.metadata.len() == 1));

    let other = Identity::new("other");
    let wrong = Client::builder().endpoints(endpoint).maintenance([other.fingerprint]).build().unwrap();
    let error = wrong.version().await.unwrap_err().to_string();
    let wanted = format!(
        "authentication handshake failed: leaf peer certificate doesn't match the provided fingerprints: [{}]",
        other.fingerprint_text()
    );
    assert!(error.contains(&wanted), "{error}");
}

#[tokio::test]
async fn unusable_settings_are_told_when_the_client_is_made() {
    let node = node().await;
    assert!(matches!(Client::builder().build(), Err(Error::NoEndpoints)));
    let failure = |change: fn(&mut Context)| {
        let mut context = node.context();
        change(&mut context);
        Client::builder().context(&context).build().expect_err("the context is damaged").to_string()
    };
    assert_eq!(
        failure(|context| context.credentials.ca = "*".into()),
        "failed to get CA: error decoding CA: illegal base64 data at input byte 0"
    );
    assert_eq!(
        failure(|context| context.credentials.ca = "eA==".into()),
        "failed to append CA certificate to RootCAs pool"
    );
    assert_eq!(
        failure(|context| context.credentials.key.clear()),
        "failed to acquire credentials: could not load client key pair: tls: failed to find any PEM data in key input"
    );
    assert_eq!(
        failure(|context| context.credentials.key = Identity::new("other").credentials.key),
        "failed to acquire credentials: could not load client key pair: tls: private key does not match public key"
    );
}

#[tokio::test]
async fn names_that_cannot_be_resolved_are_told() {
    let node = node().await;
    let client = node.client_builder().endpoints(["nowhere.invalid"]).build().unwrap();
    let error = client.version().await.unwrap_err();
    assert!(error.to_string().contains("lookup nowhere.invalid: no such host"), "{error}");
    let client = node.client_builder().endpoints(["127.0.0.1:none"]).build().unwrap();
    let error = client.version().await.unwrap_err();
    assert!(error.to_string().contains("dial tcp: lookup tcp/none: unknown port"), "{error}");
}

#[tokio::test]
async fn cluster_and_password_go_along() {
    let node = node().await;
    let mut context = Context { cluster: Some("red".into()), ..node.context() };
    context.credentials.basic =
        Some(talos_api::client::BasicAuth { username: "ann".into(), password: "secret".to_owned().into() });
    let client = Client::builder().context(&context).build().unwrap();
    client.version().await.unwrap();
    let metadata = &node.calls()[0].metadata;
    assert!(metadata.contains(&("context".into(), vec!["red".into()])), "{metadata:?}");
    assert!(metadata.contains(&("authorization".into(), vec!["Basic YW5uOnNlY3JldA==".into()])), "{metadata:?}");
    assert!(!format!("{client:?}").contains("YW5u"), "{client:?}");
}
