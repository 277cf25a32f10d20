//! A cluster inside of this process: what each of its nodes weighs, and how fast one of them asks the others.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use talos_api::client::{Chunks, Client};
use talos_node::local::{Cluster, cluster};

use crate::system::{SystemClock, SystemRandom};
use crate::{calls, memory, milliseconds, rounded};

/// Size of the file that is read and copied, in MiB.
const FILE: usize = 64;

pub(crate) async fn measure(nodes: usize, folder: &Path, duration: Duration) -> anyhow::Result<Value> {
    let own = std::process::id();
    let small = start(2, folder).await?;
    let (with_two, _) = memory(own)?;
    let start_of_many = Instant::now();
    let large = start(nodes, folder).await?;
    let started = milliseconds(start_of_many);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (with_many, _) = memory(own)?;
    let addresses: Vec<String> = large.nodes().iter().map(|node| node.planned().address.to_string()).collect();
    let everybody = large.client().nodes(&addresses);
    let first = versions(&everybody, nodes).await?;
    let mut again = Vec::new();
    for _ in 0..5 {
        again.push(versions(&everybody, nodes).await?);
    }
    let (asked, _) = memory(own)?;
    large.stop().await;
    let through = small.client().nodes(small.nodes().last().map(|node| node.planned().address.to_string()));
    let file = folder.join("file");
    std::fs::write(&file, lines())?;
    let path = file.to_str().context("the folder of temporary files has a name that is no text")?;
    let read = rate(async || Ok(through.read(path).await?)).await?;
    let copy = rate(async || Ok(through.copy(path).await?)).await?;
    let calls = calls::measure(&through, duration).await?;
    small.stop().await;
    Ok(json!({
        "nodes": nodes,
        "start_of_all_ms": started,
        "memory_of_each_further_node": rounded((with_many - with_two) / nodes as f64),
        "memory_of_each_after_calls": rounded((asked - with_two) / nodes as f64),
        "version_of_all_first_ms": first,
        "version_of_all_again_ms": crate::median(again),
        "read_through_another_mb_per_second": read,
        "copy_through_another_mb_per_second": copy,
        "calls_through_another": calls,
    }))
}

async fn start(nodes: usize, folder: &Path) -> anyhow::Result<Cluster> {
    let builder = cluster::Builder {
        name: format!("bench-{nodes}"),
        workers: nodes - 1,
        timeout: Duration::from_secs(120),
        ..Cluster::builder()
    };
    Ok(builder.start(folder, SystemClock, SystemRandom).await?)
}

async fn versions(client: &Client, nodes: usize) -> anyhow::Result<f64> {
    let start = Instant::now();
    let replies = client.version().await?.all()?;
    if replies.len() != nodes {
        bail!("{} of {nodes} nodes answer", replies.len());
    }
    Ok(milliseconds(start))
}

/// Text that can be packed as well as logs can.
fn lines() -> Vec<u8> {
    let line = |number: u32| format!("{number:08x} line of a log, {:08x}\n", number.wrapping_mul(2_654_435_761));
    let mut text: Vec<u8> = (0..).flat_map(|number| line(number).into_bytes()).take(FILE << 20).collect();
    text.shrink_to_fit();
    text
}

/// Bytes of the file in a second, in MB.
async fn rate(ask: impl AsyncFn() -> anyhow::Result<Chunks>) -> anyhow::Result<f64> {
    let start = Instant::now();
    let mut chunks = ask().await?;
    let mut received = 0;
    while let Some(chunk) = chunks.next().await {
        received += chunk?.len();
    }
    if received == 0 {
        bail!("nothing was received");
    }
    Ok(rounded((FILE << 20) as f64 / 1e6 / start.elapsed().as_secs_f64()))
}
