//! Measures calls and streams against an in-process node and prints JSON.
//!
//! `cargo run --profile quick -p talos-api --features testing --example bench_api [MEGABYTES]`

#![expect(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::time::{Duration, Instant};

use serde_json::json;
use talos_api::proto::machine::LogsRequest;
use talos_api::testing::{Answer, Scenario, TestNode};

/// Bytes in each message of a stream, as nodes send them.
const CHUNK: usize = 1024;

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
    let hundred = median(20, async || many.version().await.map(drop)).await?;

    let started = Instant::now();
    let mut logs = client.logs(LogsRequest::default()).await?;
    let mut bytes = 0;
    while let Some(reply) = logs.next().await {
        bytes += reply?.value.bytes.len();
    }
    let logs = rate(bytes, started.elapsed());

    let started = Instant::now();
    let mut copy = client.copy("/").await?;
    let mut bytes = 0;
    while let Some(chunk) = copy.next().await {
        bytes += chunk?.len();
    }
    let copy = rate(bytes, started.elapsed());

    println!(
        "{}",
        json!({
            "node_start_ms": milliseconds(node_start),
            "first_call_ms": milliseconds(first),
            "warm_call_us": warm.as_nanos() as f64 / 1e3,
            "hundred_nodes_ms": milliseconds(hundred),
            "logs_mb_per_s": logs,
            "copy_mb_per_s": copy,
            "resident_mb": resident(),
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

/// Memory of the process in megabytes; 0 where it cannot be told.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.unwrap_or(0u64) / 1024
}
