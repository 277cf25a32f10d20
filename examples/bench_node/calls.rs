//! Calls of one message each, many at a time over one connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use talos_api::client::Client;
use tokio::task::JoinSet;

use crate::rounded;

/// Calls at a time.
const STREAMS: usize = 64;

/// Calls `Version` for some time, and tells how many were answered and how long they took.
pub(crate) async fn measure(client: &Client, duration: Duration) -> anyhow::Result<Value> {
    // Connects.
    client.version().await?;
    let is_over = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for _ in 0..STREAMS {
        let (client, is_over) = (client.clone(), is_over.clone());
        tasks.spawn(async move {
            let mut times = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let start = Instant::now();
                client.version().await?;
                times.push(start.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    tokio::time::sleep(duration).await;
    is_over.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    while let Some(task) = tasks.join_next().await {
        times.extend(task??);
    }
    let elapsed = start.elapsed();
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    let milliseconds = |time: Duration| rounded(time.as_secs_f64() * 1000.0);
    Ok(json!({
        "streams": STREAMS,
        "per_second": (times.len() as f64 / elapsed.as_secs_f64()).round(),
        "p50_ms": milliseconds(at(50)),
        "p99_ms": milliseconds(at(99)),
    }))
}
