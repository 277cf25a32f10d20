//! Machines that do not keep to the rules: every command ends with an error, soon, and leaves no file.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use http::Response;
use serde_json::json;
use talos_api::client::Credentials;
use talos_api::grpc::frame;
use talos_api::testing::{Answer, Identity, Scenario, TestNode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::live::{ABORTING, talosconfig, texts};
use super::play::WorkingFolder;

/// What a machine does to whoever dials it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Attack {
    /// Takes the connection and says nothing.
    SilentTcp,
    /// Says something that is no TLS.
    GarbageTcp,
    /// Closes at once.
    CloseTcp,
    /// TLS, and then nothing.
    SilentTls,
    /// TLS, and then the answer of a web server.
    WebServer,
    /// Headers that never end.
    EndlessHeader,
    /// HTTP/2, and then nothing.
    SilentCall,
    /// The headers of a reply, and then nothing.
    SilentReply,
    /// Closes the connection in the middle of a message.
    MidFrame,
    /// The same, so that the network reports it.
    Reset,
    /// Ends the call with an error of HTTP/2.
    ResetStream,
    /// A message that is none.
    Garbage,
    /// A message over the limit, as its length says.
    Giant,
    /// Ends without a status.
    NoStatus,
}

use Attack::*;

/// A machine, and room for the commands that talk to it.
struct Peer {
    work: WorkingFolder,
    /// Connections that came, or calls on them.
    met: watch::Receiver<usize>,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Peer {
    async fn new(attack: Attack) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let identity = Identity::new("hostile");
        let mut peer = Self::at(&listener.local_addr().unwrap().to_string(), &identity.credentials);
        let (meet, met) = watch::channel(0);
        let acceptor = TlsAcceptor::from(Arc::new(identity.server_config(true)));
        peer.met = met;
        peer.task = Some(tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(serve(stream, attack, acceptor.clone(), meet.clone()));
            }
        }));
        peer
    }

    /// One that is there already.
    fn at(address: &str, credentials: &Credentials) -> Self {
        let work = WorkingFolder::new();
        std::fs::write(work.0.join("talosconfig"), talosconfig(address, credentials)).unwrap();
        std::fs::write(work.0.join("machine.yaml"), "version: v1alpha1\n").unwrap();
        Self { work, met: watch::channel(0).1, task: None }
    }

    /// A folder for one command.
    fn folder(&self, place: usize) -> PathBuf {
        let folder = self.work.0.join(place.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn start(&self, place: usize, line: &str) -> Child {
        let folder = self.folder(place);
        Command::new(env!("CARGO_BIN_EXE_talosctl"))
            .args(["--talosconfig", "../talosconfig", "-n", "a"])
            .args(line.split(' '))
            .env_clear()
            .env("HOME", &folder)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// What a command left.
    fn files(&self, place: usize) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder(place)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

async fn serve(mut tcp: TcpStream, attack: Attack, acceptor: TlsAcceptor, meet: watch::Sender<usize>) {
    let met = || meet.send_modify(|count| *count += 1);
    match attack {
        SilentTcp => {
            met();
            return std::future::pending().await;
        }
        CloseTcp => return,
        GarbageTcp => {
            let _ = tcp.read(&mut [0; 64]).await;
            let _ = tcp.write_all(&[b'x'; 4096]).await;
            return;
        }
        _ => {}
    }
    let Ok(mut tls) = acceptor.accept(tcp).await else { return };
    match attack {
        SilentTls => {
            met();
            return std::future::pending().await;
        }
        WebServer => {
            let _ = tls.read(&mut [0; 64]).await;
            let _ = tls.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            return;
        }
        EndlessHeader => {
            let _ = tls.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
            let _ = tls.read(&mut [0; 4096]).await;
            // A literal header of one octet each, in a frame that says that more come.
            let mut piece = vec![0, 0, 4, 9, 0, 0, 0, 0, 1, 0, 1, b'a', 0];
            let _ = tls.write_all(&[0, 0, 1, 1, 0, 0, 0, 0, 1, 0x88]).await;
            piece = piece.repeat(1000);
            while tls.write_all(&piece).await.is_ok() {}
            return;
        }
        _ => {}
    }
    let Ok(mut connection) = h2::server::handshake(&mut tls).await else { return };
    let mut kept = Vec::new();
    while let Some(Ok((_, mut respond))) = connection.accept().await {
        met();
        match attack {
            SilentCall => kept.push(Kept::Call(respond)),
            ResetStream => respond.send_reset(h2::Reason::INTERNAL_ERROR),
            _ => {
                let head = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
                let mut body = respond.send_response(head, false).unwrap();
                let bytes = match attack {
                    SilentReply => Bytes::new(),
                    Garbage => frame(&[0xff; 20]),
                    Giant => Bytes::from_static(&[0, 0x40, 0, 0, 0]),
                    NoStatus => frame(&[]),
                    _ => frame(&[0x0a; 400]).slice(..300),
                };
                let _ = body.send_data(bytes, attack == NoStatus);
                kept.push(Kept::Reply(body));
            }
        }
        if matches!(attack, MidFrame | Reset) {
            // Time to send what was said.
            let _ = tokio::time::timeout(Duration::from_millis(100), connection.accept()).await;
            drop(connection);
            if attack == Reset {
                tls.get_ref().0.set_zero_linger().unwrap();
            }
            return;
        }
    }
}

/// Keeps calls open.
#[expect(dead_code, reason = "dropping them would end the calls")]
enum Kept {
    Call(SendResponse<Bytes>),
    Reply(h2::SendStream<Bytes>),
}

/// A command, and what it says before the reason when a call is refused and when it breaks.
struct Case {
    line: &'static str,
    refused: &'static str,
    broken: &'static str,
    /// What it makes before the first byte comes.
    files: &'static [&'static str],
    /// Whether an interruption in the middle is a good end.
    streams: bool,
}

const fn case(line: &'static str, refused: &'static str, broken: &'static str) -> Case {
    Case { line, refused, broken, files: &[], streams: false }
}

const fn stream(line: &'static str, refused: &'static str, broken: &'static str) -> Case {
    Case { streams: true, ..case(line, refused, broken) }
}

const CASES: &[Case] = &[
    case("version", "error getting version: ", "error getting version: "),
    case("service", "error listing services: ", "error listing services: "),
    stream("list /", "error fetching logs: ", "error streaming results: "),
    stream("read /x", "error reading file: ", "error reading: "),
    Case { files: &["out"], ..case("copy /x out", "error copying: ", "error initializing gzip: ") },
    stream("copy /x -", "error copying: ", ""),
    stream("logs kubelet", "error fetching logs: ", "error getting logs: "),
    stream("dmesg", "error getting dmesg: ", "error streaming results: "),
    case("etcd snapshot db", "error reading file: ", "error reading: "),
    stream("pcap", "error copying: ", ""),
    stream("pcap -o cap", "error copying: ", ""),
    case("kubeconfig kube", "error initializing gzip: ", "error initializing gzip: "),
    case("get members", "", ""),
    case("get members -w", "", ""),
    stream("events", "", "error streaming results: "),
    case("apply-config -f ../machine.yaml", "error applying new configuration: ", "error applying new configuration: "),
    case("reboot --wait=false", "error executing reboot: ", "error executing reboot: "),
];

/// What a peer does, and what the commands say about it.
const ATTACKS: &[(Attack, &str)] = &[
    (
        GarbageTcp,
        r#"Unavailable desc = connection error: desc = "transport: authentication handshake failed: tls: first record does not look like a TLS handshake""#,
    ),
    (CloseTcp, r#"Unavailable desc = connection error: desc = "transport: authentication handshake failed: "#),
    (
        WebServer,
        r#"Unavailable desc = connection error: desc = "error reading server preface: initial http2 frame from server is not a settings frame""#,
    ),
    // While connecting or later, as it comes.
    (EndlessHeader, "Unavailable desc = "),
    (MidFrame, "Unavailable desc = error reading from server: EOF"),
    (Reset, "Unavailable desc = error reading from server: read: connection reset by peer"),
    (ResetStream, "Internal desc = stream terminated by RST_STREAM with error code: INTERNAL_ERROR"),
    (Garbage, "Internal desc = grpc: failed to unmarshal the received message: "),
    (Giant, "ResourceExhausted desc = grpc: received message larger than max (1073741824 vs. 33554432)"),
    (NoStatus, "Internal desc = server closed the stream without sending trailers"),
];

/// Runs all commands at the same time, each in a folder of its own. Once the peer has met all that it shall meet, they
/// are interrupted.
async fn outcomes(peer: &Peer, interrupt: bool) -> Vec<(&'static Case, Option<(i32, String, String)>, Vec<String>)> {
    let children: Vec<_> = CASES.iter().enumerate().map(|(place, case)| (case, peer.start(place, case.line))).collect();
    if interrupt {
        let mut met = peer.met.clone();
        met.wait_for(|met| *met >= CASES.len()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let ids = children.iter().map(|(_, child)| child.id().unwrap().to_string());
        assert!(Command::new("kill").arg("-INT").args(ids).status().await.unwrap().success());
    }
    let longest = if interrupt { Duration::from_secs(5) } else { Duration::from_secs(60) };
    let until = tokio::time::Instant::now() + longest;
    let mut outcomes = Vec::new();
    for (place, (case, child)) in children.into_iter().enumerate() {
        let output = tokio::time::timeout_at(until, child.wait_with_output()).await.ok();
        outcomes.push((case, output.map(|output| texts(output.unwrap())), peer.files(place)));
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_ends_with_an_error_and_without_a_file() {
    let mut problems = String::new();
    for (attack, wanted) in ATTACKS {
        let peer = Peer::new(*attack).await;
        for (case, outcome, files) in outcomes(&peer, false).await {
            let Some((status, _, stderr)) = outcome else {
                problems += &format!("{attack:?}: {} does not end\n", case.line);
                continue;
            };
            let is_told = [case.refused, case.broken].iter().any(|begin| {
                let reason = stderr.strip_prefix(begin).and_then(|rest| rest.strip_prefix("rpc error: code = "));
                reason.is_some_and(|reason| reason.starts_with(wanted))
            });
            // An empty message is a reply, but not about a resource.
            let is_told = is_told || (*attack == NoStatus && stderr == "reply to List has no resource\n");
            // What was captured before is good, and the failure is told beside it.
            let is_capture = case.line.starts_with("pcap") && stderr.starts_with("rpc error");
            let wanted_status = i32::from(!is_capture);
            if !is_told || stderr.lines().count() != 1 || status != wanted_status {
                problems += &format!("{attack:?}: {}: {status}: {stderr}", case.line);
            }
            if files.iter().any(|file| !case.files.contains(&file.as_str())) {
                problems += &format!("{attack:?}: {} leaves {files:?}\n", case.line);
            }
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_ends_at_once_when_interrupted() {
    let mut problems = String::new();
    for attack in [SilentTcp, SilentTls, SilentCall, SilentReply] {
        let peer = Peer::new(attack).await;
        for (case, outcome, files) in outcomes(&peer, true).await {
            let Some((status, _, stderr)) = outcome else {
                problems += &format!("{attack:?}: {} does not end\n", case.line);
                continue;
            };
            let has_begun = matches!(attack, SilentCall | SilentReply);
            let wanted = i32::from(!(case.streams && has_begun));
            let is_told = stderr.strip_prefix(ABORTING).is_some_and(|rest| {
                if wanted == 0 {
                    rest.is_empty()
                } else {
                    rest.ends_with("rpc error: code = Canceled desc = context canceled\n")
                }
            });
            if status != wanted || !is_told {
                problems += &format!("{attack:?}: {}: {status}: {stderr}", case.line);
            }
            if files.iter().any(|file| !case.files.contains(&file.as_str())) {
                problems += &format!("{attack:?}: {} leaves {files:?}\n", case.line);
            }
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

/// A node that sends far more than the program may use of memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_without_end_do_not_fill_the_memory() {
    let piece = json!({"bytes": talos_pki::base64::encode(&[b'x'; 1 << 16])});
    let flood = || Answer::message(piece.clone()).times(1 << 11);
    let mut scenario = Scenario::new();
    for method in ["Copy", "Read", "Logs", "Dmesg", "EtcdSnapshot", "PacketCapture", "Kubeconfig"] {
        scenario = scenario.answer(&format!("machine.MachineService/{method}"), flood());
    }
    let node = TestNode::start(scenario).await.unwrap();
    let peer = Peer::at(&node.address().to_string(), &node.identity().credentials);
    for (line, status, text) in [
        ("copy /x -", 0, ""),
        ("read /x", 0, ""),
        ("logs x", 0, ""),
        ("dmesg", 0, ""),
        ("etcd snapshot db", 1, "sha256 checksum not found (size 134217728)\n"),
        ("pcap -o -", 0, ""),
        ("kubeconfig kube", 1, "error initializing gzip: archive is too large\n"),
    ] {
        let folder = peer.folder(0);
        let output = Command::new("/bin/sh")
            // 40 MiB, of 128 that come.
            .args(["-c", "ulimit -d 40960; exec \"$0\" --talosconfig ../talosconfig -n a \"$@\" >/dev/null"])
            .arg(env!("CARGO_BIN_EXE_talosctl"))
            .args(line.split(' '))
            .env_clear()
            .env("HOME", &folder)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        assert_eq!(
            (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
            (Some(status), text),
            "{line}"
        );
        assert_eq!(peer.files(0), [""; 0], "{line}");
    }
}

/// A snapshot that lost a piece on its way.
#[tokio::test]
async fn damaged_snapshots_do_not_get_their_name() {
    let file = super::root().join("scenarios/snapshot/files/etcd.db");
    let whole = std::fs::read(file).unwrap();
    for (damaged, text) in [
        (
            whole[..whole.len() - 512].to_vec(),
            "sha256 checksum does not match, the snapshot was damaged on its way (size 32288)\n",
        ),
        (whole[..10_000].to_vec(), "sha256 checksum not found (size 10000)\n"),
    ] {
        let answer = Answer::message(json!({"bytes": talos_pki::base64::encode(&damaged)}));
        let node =
            TestNode::start(Scenario::new().answer("machine.MachineService/EtcdSnapshot", answer)).await.unwrap();
        let peer = Peer::at(&node.address().to_string(), &node.identity().credentials);
        let (status, stdout, stderr) = texts(peer.start(0, "etcd snapshot db").wait_with_output().await.unwrap());
        assert_eq!((status, stdout.as_str(), stderr.as_str()), (1, "", text));
        assert_eq!(peer.files(0), [""; 0]);
    }
}
