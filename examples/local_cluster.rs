//! A cluster for a test: three machines inside of this process, which answer, know each other, and leave nothing behind.
//!
//! `cargo run --release -p talos-examples --example local_cluster`

mod system;

use std::time::Instant;

use anyhow::Context;
use talos_api::client::ListOptions;
use talos_api::resources::cluster::Members;
use talos_node::local::Cluster;
use talos_node::local::cluster::Builder;

use crate::system::{SystemClock, SystemRandom};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "this is a program with a terminal")]
async fn main() -> anyhow::Result<()> {
    let folder = std::env::temp_dir().join(format!("local-cluster-{}", std::process::id()));
    let started = Instant::now();
    let builder = Builder { control_planes: 1, workers: 2, ..Cluster::builder() };
    let cluster = builder.start(&folder, SystemClock, SystemRandom).await.context("the cluster does not start")?;
    println!("{} machines after {:?}", cluster.nodes().len(), started.elapsed());

    // What a provisioning tool would do is the same with machines that are not in this process.
    let client = cluster.client();
    for member in client.resources::<Members>().list(&ListOptions::default()).await? {
        let addresses: Vec<String> = member.spec.addresses.iter().map(ToString::to_string).collect();
        println!("{}  {}", member.metadata.id, addresses.join(", "));
    }
    let addresses = cluster.nodes().iter().map(|node| node.planned().address.to_string());
    for reply in client.nodes(addresses).version().await?.all()? {
        println!("{}  {}", reply.node, reply.value.version.unwrap_or_default().tag);
    }

    cluster.stop().await;
    std::fs::remove_dir(&folder)?;
    println!("gone after {:?}", started.elapsed());
    Ok(())
}
