//! Version and health of the services of many nodes, in two calls.
//!
//! `cargo run -p talos-api --features testing --example versions [TALOSCONFIG]`

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its reader")]

mod cluster;

use std::collections::BTreeMap;

use talos_api::testing::Scenario;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = cluster::connect(Scenario::typical()).await?;
    let client = cluster.client.nodes(&cluster.nodes);
    let (versions, services) = tokio::try_join!(client.version(), client.service_list())?;

    let mut failing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for reply in services.replies {
        let unhealthy = reply
            .value
            .services
            .into_iter()
            .filter(|service| service.health.as_ref().is_some_and(|health| !health.unknown && !health.healthy));
        failing.insert(reply.node, unhealthy.map(|service| service.id).collect());
    }
    for reply in versions.replies {
        let tag = reply.value.version.unwrap_or_default().tag;
        let state = match failing.get(&reply.node) {
            None => "services unknown".to_owned(),
            Some(services) if services.is_empty() => "all services healthy".to_owned(),
            Some(services) => format!("unhealthy: {}", services.join(", ")),
        };
        println!("{:<16} {tag:<10} {state}", reply.node);
    }
    // Nodes that did not answer hide nobody else's answer.
    for failure in versions.failures.iter() {
        eprintln!("{failure}");
    }
    Ok(())
}
