use std::io;
use std::net::IpAddr;

use talos_api::resources::Ip;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::k8s::{EndpointSpec, Endpoints};

use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Output, Outputs, Run};
use crate::machine_config::MachineConfig;

/// Looks up the addresses of the control plane's endpoint.
#[derive(Debug)]
pub struct StaticEndpointController;

controller! {
    StaticEndpointController = "k8s.StaticEndpointController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::shared::<Endpoints>()],
    }
}

/// A name that has no address.
#[derive(Debug, thiserror::Error)]
#[error("error resolving {name:?}")]
struct ResolveError {
    name: String,
    source: io::Error,
}

#[tonic::async_trait]
impl Run for StaticEndpointController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        loop {
            context.changed().await;
            let mut outputs = Outputs::default();
            if let Some(name) = endpoint(&context) {
                let addresses = resolve(&name).await.map_err(|source| ResolveError { name, source })?;
                outputs.put::<Endpoints>("controlplane", EndpointSpec { addresses });
            }
            context.settle(outputs)?;
        }
    }
}

/// Host of the control plane's endpoint; empty when a cluster has none.
fn endpoint(context: &Context) -> Option<String> {
    let config = context.inputs().known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE))?;
    let cluster = config.container().config()?.cluster.as_ref()?;
    let url = cluster.control_plane.as_ref().and_then(|control_plane| control_plane.endpoint.as_ref());
    Some(url.map(|url| url.hostname().into_owned()).unwrap_or_default())
}

/// All addresses of a name, each once, in the order of preference.
async fn resolve(name: &str) -> io::Result<Vec<Ip>> {
    let mut addresses: Vec<Ip> = Vec::new();
    for address in tokio::net::lookup_host((name, 0)).await? {
        let address = match address.ip() {
            IpAddr::V6(address) => address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4),
            address => address,
        };
        if !addresses.contains(&address.into()) {
            addresses.push(address.into());
        }
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_stands_for_itself() {
        for (name, expected) in [("10.5.0.2", "10.5.0.2"), ("::ffff:10.0.0.1", "10.0.0.1"), ("fd00::1", "fd00::1")] {
            assert_eq!(resolve(name).await.unwrap(), [expected.parse().unwrap()]);
        }
        assert!(resolve("").await.is_err());
    }
}
