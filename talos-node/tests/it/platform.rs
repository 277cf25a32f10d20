//! Configurations that come from where a machine stands.

use std::collections::VecDeque;
use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use talos_api::proto::machine::ConfigLoadErrorEvent;
use talos_api::resources::hardware::{SystemInformationSpec, SystemInformations};
use talos_api::resources::network::{HardwareAddrSpec, HardwareAddresses, NetworkStatuses, StatusSpec};
use talos_api::resources::perf::MemoryStats;
use talos_api::resources::runtime::{
    DevicesStatuses, KernelParamStatusSpec, KernelParamStatuses, PlatformMetadataSpec, PlatformMetadatas,
    SecurityStates,
};
use talos_api::resources::{HardwareAddr, Kind};
use talos_node::command_line::CommandLine;
use talos_node::cosi::Resource;
use talos_node::events::Tail;
use talos_node::machine::{Machine, Settings};
use talos_node::platform::proxy::Proxies;
use talos_node::platform::{self, Container, Error, Metal, Platform, http};
use talos_node::sys::Process;
use talos_pki::authority::{AuthorityParams, CertificateAuthority, SigningParams};
use talos_pki::certificate::{AlternativeNames, Validity};
use talos_pki::csr::RequestParams;
use talos_pki::name::DistinguishedName;
use talos_pki::pem;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

use crate::machines::{Folder, Lab, SystemClock, SystemRandom};

const CONFIG: &str = "version: v1alpha1\nmachine:\n  type: worker\n";

/// A server that gives the answers that it is told, one for each connection, and keeps what it was asked.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Server {
    async fn start(answers: impl IntoIterator<Item = (&'static str, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut answers: VecDeque<_> = answers.into_iter().collect();
        let seen = asked.clone();
        let serving = async move {
            while let Some((head, body)) = answers.pop_front() {
                let (stream, _) = listener.accept().await.unwrap();
                let request = answer(stream, head, &body).await;
                seen.lock().unwrap().push(request);
            }
        };
        Self { port, asked, _serving: AbortOnDropHandle::new(tokio::spawn(serving)) }
    }

    fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// First lines of what was asked.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|request| request.lines().next().unwrap().to_owned()).collect()
    }
}

/// Reads a request, and answers it.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, head: &str, body: &[u8]) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.unwrap());
    }
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    stream.flush().await.unwrap();
    String::from_utf8(request).unwrap()
}

/// A machine whose network is ready, and what its console says.
fn machine(config: &str) -> (Arc<Machine>, Arc<Mutex<Vec<String>>>) {
    let settings = Settings {
        address: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        state: Folder::new().path().to_owned(),
        platform: Arc::new(Metal),
        command_line: format!("quiet talos.config={config}"),
    };
    let lines = Arc::new(Mutex::new(Vec::new()));
    let into = lines.clone();
    let console = move |line: &str| into.lock().unwrap().push(line[28..].to_owned());
    let machine = Machine::new(Process::new("/"), SystemClock, SystemRandom, console, settings);
    put::<NetworkStatuses>(&machine, "status", StatusSpec { address_ready: true, ..StatusSpec::default() });
    (machine, lines)
}

fn put<K: Kind>(machine: &Machine, id: &str, spec: K::Spec) {
    machine.store.create(Resource::of::<K>(id, spec), "test").unwrap();
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn the_address_names_the_machine() {
    let server = Server::start([("200 OK", CONFIG.into())]).await;
    let (machine, lines) = machine(&server.address("/c?uuid=${uuid}&mac=${mac}"));
    let system = SystemInformationSpec { uuid: "0000-0000".into(), ..SystemInformationSpec::default() };
    put::<SystemInformations>(&machine, "systeminformation", system);
    let first = HardwareAddrSpec { name: "eth0".into(), hardware_addr: HardwareAddr(vec![2, 0, 0, 0, 0, 0xab]) };
    put::<HardwareAddresses>(&machine, "first", first);
    let config = Metal.configuration(&machine).await.unwrap().unwrap();
    assert_eq!(config, CONFIG.as_bytes());
    assert_eq!(server.asked(), ["GET /c?mac=02%3A00%3A00%3A00%3A00%3Aab&uuid=0000-0000 HTTP/1.1"]);
    let address = server.address("/c?mac=02%3A00%3A00%3A00%3A00%3Aab&uuid=0000-0000");
    let expected =
        ["waiting for network to be ready".to_owned(), format!("fetching machine config from: \"{address}\"")];
    assert_eq!(*lines.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_packed_configuration_is_opened() {
    let server = Server::start([("200 OK", packed(CONFIG))]).await;
    let (machine, _) = machine(&server.address("/c"));
    let config = Metal.configuration(&machine).await.unwrap().unwrap();
    assert_eq!(platform::unpack(config).unwrap(), CONFIG.as_bytes());
}

#[tokio::test]
async fn a_server_that_has_none_yet_is_asked_again() {
    let answers = [("404 Not Found", vec![]), ("404 Not Found", vec![]), ("500 No", vec![]), ("200 OK", CONFIG.into())];
    let server = Server::start(answers).await;
    let (machine, lines) = machine(&server.address("/c"));
    assert_eq!(Metal.configuration(&machine).await.unwrap().unwrap(), CONFIG.as_bytes());
    assert_eq!(server.asked().len(), 4);
    let said = lines.lock().unwrap().clone();
    let retrying: Vec<_> = said.iter().filter(|line| line.starts_with("retrying")).collect();
    let told = |status| {
        let address = server.address("/c");
        format!(
            "retrying error: failed to download config from {address:?}: failed to download config, received {status}"
        )
    };
    assert_eq!(retrying, [&told(404), &told(500)]);
}

#[tokio::test]
async fn redirections_and_passwords_are_followed() {
    let answers = [("302 Found\r\nLocation: d/e?f", vec![]), ("200 OK", CONFIG.into())];
    let server = Server::start(answers).await;
    let (machine, _) = machine(&server.address("/a/b").replace("http://", "http://me:p%40ss@"));
    assert_eq!(Metal.configuration(&machine).await.unwrap().unwrap(), CONFIG.as_bytes());
    assert_eq!(server.asked(), ["GET /a/b HTTP/1.1", "GET /a/d/e?f HTTP/1.1"]);
    for request in &*server.asked.lock().unwrap() {
        assert!(request.to_lowercase().contains("\r\nauthorization: basic bwu6cebzcw==\r\n"), "{request}");
    }
}

#[tokio::test]
async fn proxies_are_asked() {
    let server = Server::start([("200 OK", CONFIG.into()), ("403 Forbidden", vec![]), ("200 OK", vec![])]).await;
    let environment = |name: &str| format!(" talos.environment={name}=http://me:pw@127.0.0.1:{}", server.port);
    let (machine, _) = machine(&format!("http://config.invalid/c?d{}", environment("http_proxy")));
    assert_eq!(Metal.configuration(&machine).await.unwrap().unwrap(), CONFIG.as_bytes());
    assert_eq!(server.asked(), ["GET http://config.invalid/c?d HTTP/1.1"]);
    let authorized = |request: &str| request.to_lowercase().contains("\r\nproxy-authorization: basic bwu6chc=\r\n");
    assert!(authorized(&server.asked.lock().unwrap()[0]));
    let line = environment("https_proxy");
    let proxies = Proxies::new(&CommandLine::parse(&line));
    let host = Process::new("/");
    let refused = http::get(&host, &proxies, "https://config.invalid/c").await.unwrap_err();
    assert_eq!(refused.to_string(), "Get \"https://config.invalid/c\": proxyconnect tcp: 403 Forbidden");
    // Behind the second answer nobody speaks TLS.
    let refused = http::get(&host, &proxies, "https://config.invalid/c").await.unwrap_err();
    assert!(matches!(refused.cause, http::Cause::Tls(_)), "{refused}");
    assert_eq!(server.asked()[1..], ["CONNECT config.invalid:443 HTTP/1.1"; 2]);
    assert!(authorized(&server.asked.lock().unwrap()[1]));
}

#[tokio::test]
async fn a_file_is_read() {
    let folder = Folder::new();
    let path = folder.path().join("a b.yaml");
    std::fs::write(&path, CONFIG).unwrap();
    let (machine, _) = machine(&format!("file://{}", path.display()).replace(' ', "%20"));
    assert_eq!(Metal.configuration(&machine).await.unwrap().unwrap(), CONFIG.as_bytes());
    std::fs::remove_file(&path).unwrap();
    let error = Metal.configuration(&machine).await.unwrap_err();
    assert!(matches!(error, Error::Download(_)));
    let expected = format!("open {}: no such file or directory", path.display());
    assert!(error.to_string().ends_with(&expected), "{error}");
}

#[tokio::test]
async fn a_node_tells_where_it_stands() {
    let lab = Lab::start(Folder::new(), None);
    let is_here = |told: &PlatformMetadataSpec| (&*told.platform, &*told.hostname) == ("container", "lab-1");
    lab.until::<PlatformMetadatas>("platformmetadata", is_here).await;
    lab.until::<SecurityStates>("securitystate", |state| !state.secure_boot).await;
    lab.until::<DevicesStatuses>("devices", |devices| devices.ready).await;
    lab.until::<MemoryStats>("latest", |memory| memory.mem_total > memory.mem_used).await;
    // The kernel is not the node's own: it tells what that is set to.
    let as_it_is = |told: &KernelParamStatusSpec| told.unsupported && !told.current.is_empty();
    lab.until::<KernelParamStatuses>("proc.sys.kernel.panic", as_it_is).await;
}

/// A container that is given this.
fn given(user_data: &[u8]) -> Lab {
    Lab::start_with(Folder::new(), Process::new("/"), |settings| {
        settings.platform = Arc::new(Container::configured("lab-1", Some(user_data)));
    })
}

/// A configuration that a machine can boot with.
fn complete() -> String {
    let rest = "  token: a.b\n  ca: {crt: '', key: ''}\ncluster:\n  controlPlane: {endpoint: 'https://a:6443'}\n";
    format!("{CONFIG}  install: {{disk: /dev/sda}}\n{rest}")
}

#[tokio::test]
async fn a_node_on_metal_fetches_its_configuration() {
    let server = Server::start([("200 OK", packed(&complete()))]).await;
    let address = server.address("/c?b=1&a=${hostname}");
    let lab = Lab::start_with(Folder::new(), Process::new("/"), |settings| {
        settings.platform = Arc::new(Metal);
        settings.command_line = format!("talos.config={address} talos.hostname=metal-1.lab");
    });
    tokio::time::timeout(Duration::from_secs(20), lab.until_done("saveConfig")).await.expect("it boots");
    assert_eq!(lab.node.machine().config().unwrap().container().bytes(), complete().as_bytes());
    assert_eq!(server.asked(), ["GET /c?a=metal-1&b=1 HTTP/1.1"]);
    let said = lab.line("machine config loaded successfully").unwrap();
    assert!(said.ends_with("\"sources\": [\"metal\"]}"), "{said}");
    let is_here = |told: &PlatformMetadataSpec| (&*told.platform, &*told.hostname) == ("metal", "metal-1.lab");
    lab.until::<PlatformMetadatas>("platformmetadata", is_here).await;
}

#[tokio::test]
async fn platforms_may_pack_what_they_give() {
    let lab = given(&packed(&complete()));
    tokio::time::timeout(Duration::from_secs(20), lab.until_done("saveConfig")).await.expect("it boots");
    let config = lab.node.machine().config().unwrap();
    assert_eq!(config.machine().unwrap().r#type, "worker");
    let said = lab.line("machine config loaded successfully").unwrap();
    assert!(said.ends_with("\"sources\": [\"container\"]}"), "{said}");
}

#[tokio::test]
async fn what_is_of_no_use_is_told_and_asked_for_again() {
    for (text, expected) in [
        ("machine: [", "failed to load config via platform container: "),
        ("machine: {type: moon}\n", "failed to validate config acquired via platform container: "),
        ("\x1f", "failed to load config via platform container: "),
    ] {
        let lab = given(text.as_bytes());
        let twice = async {
            while lab.said().iter().filter(|line| *line == "downloading config").count() < 2 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), twice).await.expect("it asks again");
        let failed = lab.line("controller failed").unwrap();
        assert!(failed.contains(&format!("\"error\": \"{expected}")), "{failed}");
        assert!(lab.line("entering maintenance service").is_none());
        let mut events = lab.node.machine().events.subscribe(&Tail::All);
        let told = async {
            loop {
                let event = events.next().await.unwrap();
                if event.data.type_url == "talos/runtime/machine.ConfigLoadErrorEvent" {
                    return ConfigLoadErrorEvent::decode(&*event.data.value).unwrap().error;
                }
            }
        };
        let told = tokio::time::timeout(Duration::from_secs(20), told).await.expect("it is an event");
        assert!(told.starts_with(expected), "{told}");
    }
}

/// An acceptor with a certificate for this computer, and the authority that signed it, in PEM.
fn acceptor() -> (TlsAcceptor, Vec<u8>) {
    let validity = Validity::from_now(&SystemClock, Duration::from_secs(3600)).unwrap();
    let authority = CertificateAuthority::generate(&AuthorityParams::new("lab", validity), &mut SystemRandom).unwrap();
    let request = RequestParams {
        subject: DistinguishedName::from_common_name("config"),
        names: AlternativeNames { dns_names: Vec::new(), ip_addresses: vec![Ipv4Addr::LOCALHOST.into()] },
    };
    let server = authority.issue_pem(&request, &SigningParams::server(validity), &mut SystemRandom).unwrap();
    let der = |text: &[u8]| pem::decode(text).unwrap().contents.to_vec();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der(&server.crt).into()], PrivatePkcs8KeyDer::from(der(&server.key)).into())
        .unwrap();
    (Arc::new(config).into(), authority.to_pem().crt.clone())
}

#[tokio::test]
async fn who_is_trusted_is_in_a_file() {
    let (acceptor, authority) = acceptor();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("https://127.0.0.1:{}/c", listener.local_addr().unwrap().port());
    let serving = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that trusts nobody goes away.
            if let Ok(stream) = acceptor.accept(stream).await {
                answer(stream, "200 OK", CONFIG.as_bytes()).await;
            }
        }
    };
    let folder = Folder::new();
    let host = Process::new(folder.path());
    let asking = async {
        let refused = http::get(&host, &Proxies::default(), &address).await.unwrap_err();
        assert!(matches!(refused.cause, http::Cause::Tls(_)), "{refused}");
        std::fs::create_dir_all(folder.path().join("etc/ssl/certs")).unwrap();
        std::fs::write(folder.path().join("etc/ssl/certs/ca-certificates.crt"), &authority).unwrap();
        http::get(&host, &Proxies::default(), &address).await.unwrap()
    };
    let reply = tokio::select! {
        reply = asking => reply,
        () = serving => unreachable!("it serves on"),
    };
    assert_eq!((reply.status, reply.body.as_slice()), (200, CONFIG.as_bytes()));
}
