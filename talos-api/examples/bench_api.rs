//! Measures calls and streams against an in-process node and prints JSON.
//!
//! `cargo run --profile quick -p talos-api --features testing --example bench_api [MEGABYTES [TALOSCTL]]`
//!
//! Node and client share the process and its processors, so every figure is that of both. What TLS alone moves between
//! two ends of the same process is measured beside: no stream can be faster. With the path of a `talosctl`, its
//! `version` is run against the node again and again.

#![expect(clippy::print_stdout, reason = "the figures are what it is run for")]
#![expect(clippy::disallowed_methods, reason = "it starts the program as its users do")]

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use talos_api::client::Context;
use talos_api::proto::machine::LogsRequest;
use talos_api::testing::{Answer, Identity, Scenario, TestNode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Bytes in each message of a stream, as nodes send them.
const CHUNK: usize = 1024;

/// Bytes that TLS alone is given at a time, as the node gives them.
const PIECE: usize = 128 << 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let megabytes: u64 = std::env::args().nth(1).map_or(Ok(1024), |text| text.parse())?;
    let chunk = json!({"bytes": talos_pki::base64::encode(&[b'x'; CHUNK])});
    let flood = || Answer::message(chunk.clone()).times(megabytes << 10);
    let scenario = Scenario::typical()
        .answer("machine.MachineService/Logs", flood())
        .answer("machine.MachineService/Copy", flood());

    let started = Instant::now();
    let node = TestNode::start(scenario).await?;
    let node_start = started.elapsed();

    let first = median(20, async || {
        let client = node.client();
        client.version().await.map(drop)
    })
    .await?;
    let client = node.client();
    client.version().await?;
    let warm = median(200, async || client.version().await.map(drop)).await?;
    let names: Vec<String> = (0..100).map(|number| format!("10.5.0.{number}")).collect();
    let many = client.nodes(&names);
    let before = node.calls().len();
    let hundred = median(20, async || many.version().await.map(drop)).await?;
    let round_trips = (node.calls().len() - before) / 20;

    let (resting, processor, started) = (memory("VmRSS:"), processor_time(), Instant::now());
    let mut logs = client.logs(LogsRequest::default()).await?;
    let mut bytes = 0;
    while let Some(reply) = logs.next().await {
        bytes += reply?.value.bytes.len();
    }
    let logs = rate(bytes, started.elapsed());
    let logs_processor = per_gigabyte(processor_time() - processor, bytes);
    let logs_memory = memory("VmHWM:").saturating_sub(resting);

    let (processor, started) = (processor_time(), Instant::now());
    let mut copy = client.copy("/").await?;
    let mut bytes = 0;
    while let Some(chunk) = copy.next().await {
        bytes += chunk?.len();
    }
    let copy = rate(bytes, started.elapsed());
    let copy_processor = per_gigabyte(processor_time() - processor, bytes);

    let (processor, started) = (processor_time(), Instant::now());
    tls(megabytes as usize).await?;
    let alone = rate((megabytes as usize) << 20, started.elapsed());
    let alone_processor = per_gigabyte(processor_time() - processor, (megabytes as usize) << 20);

    let program = std::env::args().nth(2).map(|path| program(&path, &node.context())).transpose()?;

    println!(
        "{}",
        json!({
            "node_start_ms": milliseconds(node_start),
            "first_call_ms": milliseconds(first),
            "warm_call_us": warm.as_nanos() as f64 / 1e3,
            "hundred_nodes_ms": milliseconds(hundred),
            "hundred_nodes_round_trips": round_trips,
            "logs_mb_per_s": logs,
            "logs_cpu_s_per_gb": logs_processor,
            "logs_memory_growth_mb": logs_memory,
            "copy_mb_per_s": copy,
            "copy_cpu_s_per_gb": copy_processor,
            "tls_alone_mb_per_s": alone,
            "tls_alone_cpu_s_per_gb": alone_processor,
            "resident_mb": memory("VmHWM:"),
            "talosctl_version": program,
        })
    );
    Ok(())
}

async fn median<E>(count: usize, mut work: impl AsyncFnMut() -> Result<(), E>) -> Result<Duration, E> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let started = Instant::now();
        work().await?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times[count / 2])
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn rate(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64()
}

fn per_gigabyte(time: Duration, bytes: usize) -> f64 {
    time.as_secs_f64() * 1e9 / bytes as f64
}

/// Moves bytes through TLS with nothing above it.
async fn tls(megabytes: usize) -> Result<(), Box<dyn std::error::Error>> {
    let identity = Identity::new("limit");
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let acceptor = TlsAcceptor::from(Arc::new(identity.server_config(false)));
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let mut stream = acceptor.accept(stream).await?;
        let piece = vec![b'x'; PIECE];
        for _ in 0..(megabytes << 20) / PIECE {
            stream.write_all(&piece).await?;
        }
        stream.shutdown().await
    });
    let authority = talos_pki::base64::decode(&identity.credentials.ca)?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&authority)?)?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(ServerName::try_from("127.0.0.1")?, TcpStream::connect(address).await?).await?;
    let (mut buffer, mut bytes) = (vec![0; PIECE], 0);
    loop {
        match stream.read(&mut buffer).await? {
            0 => break,
            length => bytes += length,
        }
    }
    assert_eq!(bytes, megabytes << 20);
    Ok(server.await??)
}

/// Runs `talosctl version` many times; wall and processor time of one, in milliseconds.
fn program(path: &str, context: &Context) -> std::io::Result<serde_json::Value> {
    const RUNS: u32 = 51;
    let file = std::env::temp_dir().join(format!("talosctl-bench-{}", std::process::id()));
    let talos_api::client::Credentials { ca, crt, key, .. } = &context.credentials;
    let (endpoint, key) = (&context.endpoints[0], key.as_str());
    let text = format!(
        "context: a\ncontexts:\n  a:\n    endpoints: [\"{endpoint}\"]\n    ca: {ca}\n    crt: {crt}\n    key: {key}\n"
    );
    std::fs::write(&file, text)?;
    let (mut times, before) = (Vec::new(), children_time());
    for _ in 0..RUNS {
        let started = Instant::now();
        let mut command = Command::new(path);
        command.arg("--talosconfig").arg(&file).args(["-n", "a", "version"]).stdout(Stdio::null());
        if !command.status()?.success() {
            return Err(std::io::Error::other("talosctl version failed"));
        }
        times.push(started.elapsed());
    }
    let processor = (children_time() - before) / RUNS;
    std::fs::remove_file(file)?;
    times.sort_unstable();
    let size = std::fs::metadata(path)?.len() as f64 / 1e6;
    Ok(json!({
        "best_ms": milliseconds(times[0]),
        "median_ms": milliseconds(times[times.len() / 2]),
        "cpu_ms": milliseconds(processor),
        "size_mb": size,
    }))
}

/// Processor time of this process so far.
fn processor_time() -> Duration {
    ticks(&[13, 14])
}

/// That of the processes it started and that have ended.
fn children_time() -> Duration {
    ticks(&[15, 16])
}

/// Sums fields of the process's statistics, which count hundredths of a second; zero where there are none.
fn ticks(fields: &[usize]) -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name may hold blanks; it ends with the last bracket and is the second field.
    let fields_after_name: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let sum: u64 = fields.iter().filter_map(|field| fields_after_name.get(field - 2)?.parse::<u64>().ok()).sum();
    Duration::from_millis(10 * sum)
}

/// A line of the process's memory, in megabytes; 0 where it cannot be told.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|text| text.strip_prefix(line)?.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.unwrap_or(0u64) / 1024
}
