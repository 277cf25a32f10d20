//! Logs of one service on several nodes, merged as they come.
//!
//! `cargo run -p talos-api --features testing --example follow_logs [TALOSCONFIG]`

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its reader")]

mod cluster;

use talos_api::client::Error;
use talos_api::proto::machine::LogsRequest;
use talos_api::testing::Scenario;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = cluster::connect(Scenario::typical()).await?;
    let request = LogsRequest {
        namespace: "system".into(),
        id: "kubelet".into(),
        follow: true,
        tail_lines: 10,
        ..Default::default()
    };
    let mut logs = cluster.client.nodes(&cluster.nodes).logs(request).await?;
    while let Some(item) = logs.next().await {
        match item {
            Ok(reply) => {
                for line in String::from_utf8_lossy(&reply.value.bytes).lines() {
                    println!("{}: {line}", reply.node);
                }
            }
            // One node has no such log; the others go on.
            Err(Error::Node(failure)) => eprintln!("{failure}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
