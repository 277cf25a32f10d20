//! Takes a snapshot of etcd; a file under the final name is always complete.
//!
//! `cargo run -p talos-api --features testing --example etcd_snapshot [TALOSCONFIG FILE]`

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

mod cluster;

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use serde_json::json;
use talos_api::testing::{Answer, Scenario};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let content = Answer::message(json!({"bytes": "@text:the database"})).times(1000);
    let cluster = cluster::connect(Scenario::typical().answer("machine.MachineService/EtcdSnapshot", content)).await?;
    let node = cluster.nodes.first().ok_or("the context names no node")?;
    let path = std::env::args().nth(2).map_or_else(|| std::env::temp_dir().join("etcd.snapshot"), PathBuf::from);

    let partial = path.with_extension("partial");
    let mut file = File::create(&partial)?;
    let mut snapshot = cluster.client.node(node).etcd_snapshot().await?;
    let mut size = 0;
    while let Some(chunk) = snapshot.next().await {
        let chunk = chunk?;
        file.write_all(&chunk)?;
        size += chunk.len();
    }
    let failures = snapshot.take_failures();
    if !failures.is_empty() {
        return Err(failures.into());
    }
    file.sync_all()?;
    std::fs::rename(&partial, &path)?;
    println!("{}: {size} bytes", path.display());
    Ok(())
}
