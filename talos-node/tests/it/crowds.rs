//! Crowds of peers that hold connections and ask nothing.

use std::future::poll_fn;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use http::{Request, Response};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use talos_api::tls;
use talos_node::server::listener::{ServerTls, serve};
use talos_node::server::transport::{Handler, Incoming, Limits};
use talos_node::sys::open_files;
use talos_pki::Role;
use talos_pki::authority::{AuthorityParams, CertificateAuthority, SigningParams};
use talos_pki::certificate::{AlternativeNames, Validity};
use talos_pki::csr::RequestParams;
use talos_pki::name::DistinguishedName;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::body::Body;

use crate::configured::Cluster;
use crate::machines::{SystemClock, SystemRandom};

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How long somebody with a question may have to wait.
const SOON: Duration = Duration::from_secs(1);

/// Answers, or does so never.
#[derive(Clone)]
struct Paths;

impl Handler for Paths {
    type Body = Body;

    async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        match request.uri().path() {
            "/never" => std::future::pending().await,
            _ => Response::new(Body::empty()),
        }
    }
}

/// A listener with little room.
struct Server {
    address: SocketAddr,
    connector: TlsConnector,
    _stop: DropGuard,
}

const LIMITS: Limits = Limits { greeting: 8, idle: 8, busy: 8, ..Limits::DEFAULT };

impl Server {
    async fn start() -> Self {
        let validity = Validity::from_now(&SystemClock, Duration::from_secs(3600)).unwrap();
        let authority =
            CertificateAuthority::generate(&AuthorityParams::new("lab", validity), &mut SystemRandom).unwrap();
        let names = AlternativeNames { ip_addresses: vec![HOST], ..AlternativeNames::default() };
        let request = RequestParams { subject: DistinguishedName::from_common_name("lab"), names };
        let pair = authority.issue_pem(&request, &SigningParams::server(validity), &mut SystemRandom).unwrap();
        let server = ServerTls::default();
        server.set(&pair, None).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(authority.certificate().as_der().to_vec())).unwrap();
        let config = ClientConfig::builder_with_provider(tls::server_provider());
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let listener = TcpListener::bind((HOST, 0)).await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        tokio::spawn(serve(listener, server, |_| Some(Paths), LIMITS, stop.clone()));
        let connector = TlsConnector::from(Arc::new(config));
        Self { address, connector, _stop: stop.drop_guard() }
    }

    async fn silent(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn agreed(&self) -> TlsStream<TcpStream> {
        self.connector.connect(ServerName::from(HOST), self.silent().await).await.unwrap()
    }

    async fn client(&self) -> SendRequest<Bytes> {
        let (client, connection) = h2::client::handshake(self.agreed().await).await.unwrap();
        tokio::spawn(connection);
        client.ready().await.unwrap()
    }
}

/// Asks over a connection of its own, which has to be answered soon.
async fn is_served(server: &Server) -> SendRequest<Bytes> {
    let asking = async {
        let mut client = server.client().await;
        answered(&mut client).await;
        client
    };
    timeout(SOON, asking).await.expect("somebody with a question has to wait")
}

async fn answered(client: &mut SendRequest<Bytes>) {
    let request = Request::post("https://node/").body(()).unwrap();
    let (response, _) = client.send_request(request, true).unwrap();
    assert!(response.await.unwrap().status().is_success());
}

#[tokio::test]
async fn who_does_not_greet_gives_way() {
    let server = Server::start().await;
    let mut crowd = Vec::new();
    for number in 0..40 {
        // Some say nothing at all, some nothing after the keys.
        match number % 2 {
            0 => crowd.push(Ok(server.silent().await)),
            _ => crowd.push(Err(server.agreed().await)),
        }
    }
    is_served(&server).await;
    let Some(Ok(first)) = crowd.first_mut() else { panic!("the first says nothing") };
    let end = timeout(SOON, first.read(&mut [0])).await.unwrap();
    assert!(!matches!(end, Ok(1..)), "the oldest is ended");
}

#[tokio::test]
async fn who_is_idle_gives_way_and_who_calls_does_not() {
    let server = Server::start().await;
    let mut calling = server.client().await;
    let never = Request::post("https://node/never").body(()).unwrap();
    let (_response, _stream) = calling.send_request(never, true).unwrap();
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(is_served(&server).await);
    }
    answered(&mut calling).await;
    let mut first = idle.swap_remove(0);
    let over = async {
        while poll_fn(|cx| first.poll_ready(cx)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, over).await.expect("the one that was idle for longest is ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_answers_in_a_crowd() {
    // Both ends of all connections are in this process.
    open_files::raise().unwrap();
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    let mut crowd = Vec::new();
    for _ in 0..2 * Limits::DEFAULT.greeting {
        crowd.push(TcpStream::connect((lab.address, 50000)).await.unwrap());
    }
    let client = cluster.client(&lab, &[Role::Reader]);
    timeout(SOON, client.version()).await.expect("it has to wait").unwrap();
    let end = timeout(SOON, crowd[0].read(&mut [0])).await.expect("the oldest is ended");
    assert!(!matches!(end, Ok(1..)));
}
