//! Follows the members of a cluster and reacts to what changes.
//!
//! `cargo run -p talos-api --features testing --example watch_members [TALOSCONFIG]`

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

mod cluster;

use serde_json::json;
use talos_api::client::{Event, WatchOptions};
use talos_api::resources::cluster::Members;
use talos_api::testing::Scenario;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let member = json!({
        "@type": "type.googleapis.com/talos.resource.definitions.cluster.MemberSpec",
        "hostname": "cp-1", "machine_type": "TYPE_CONTROL_PLANE", "operating_system": "Talos (v1.5.5)",
    });
    let scenario = Scenario::typical().resource("cluster", "Members.cluster.talos.dev", "cp-1", "", Some(member));
    let cluster = cluster::connect(scenario).await?;
    let node = cluster.nodes.first().ok_or("the context names no node")?;

    let members = cluster.client.node(node).resources::<Members>();
    let mut changes = members.watch(&WatchOptions::default().bootstrap_contents()).await?;
    let is_demonstration = std::env::args().len() == 1;
    while let Some(event) = changes.next().await {
        match event? {
            Event::Created(member) => {
                println!("+ {} ({}, {})", member.metadata.id, member.spec.machine_type, member.spec.operating_system);
            }
            Event::Updated { new, .. } => println!("~ {} is now {}", new.metadata.id, new.spec.operating_system),
            Event::Destroyed(member) => println!("- {}", member.metadata.id),
            Event::Bootstrapped => {
                println!("that is all for now");
                // The in-process node has no more to tell.
                if is_demonstration {
                    return Ok(());
                }
            }
            _ => {}
        }
    }
    Ok(())
}
