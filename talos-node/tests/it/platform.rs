//! Configurations that come from where a machine stands.

use std::collections::VecDeque;
use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use talos_api::resources::hardware::{SystemInformationSpec, SystemInformations};
use talos_api::resources::network::{HardwareAddrSpec, HardwareAddresses, NetworkStatuses, StatusSpec};
use talos_api::resources::{HardwareAddr, Kind};
use talos_node::cosi::Resource;
use talos_node::machine::{Machine, Settings};
use talos_node::platform::{self, Error, Metal, Platform};
use talos_node::sys::Process;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::machines::{Folder, SystemClock, SystemRandom};

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
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                seen.lock().unwrap().push(String::from_utf8(request).unwrap());
                let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len());
                stream.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
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
