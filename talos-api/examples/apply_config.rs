//! Applies a machine configuration after a look at what it would change.
//!
//! `cargo run -p talos-api --features testing --example apply_config [TALOSCONFIG FILE]`

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

mod cluster;

use talos_api::proto::machine::ApplyConfigurationRequest;
use talos_api::proto::machine::apply_configuration_request::Mode;
use talos_api::testing::Scenario;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = cluster::connect(Scenario::typical()).await?;
    let data = match std::env::args().nth(2) {
        Some(path) => std::fs::read(path)?,
        None => b"version: v1alpha1\n".to_vec(),
    };
    // One node at a time: a mistake stops at the first.
    for node in &cluster.nodes {
        let client = cluster.client.node(node);
        let mut request = ApplyConfigurationRequest { data: data.clone(), dry_run: true, ..Default::default() };
        request.set_mode(Mode::Auto);
        println!("{node}: {}", client.apply_configuration(request.clone()).await?.one()?.mode_details);

        request.dry_run = false;
        let applied = client.apply_configuration(request).await?.one()?;
        applied.warnings.iter().for_each(|warning| println!("{node}: {warning}"));
        println!("{node}: {}", applied.mode_details);
    }
    Ok(())
}
