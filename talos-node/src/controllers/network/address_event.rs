use std::sync::Arc;
use std::time::Duration;

use talos_api::events::EventPayload;
use talos_api::proto::machine::AddressEvent;
use talos_api::resources::network::{HostnameStatuses, NodeAddresses};
use tokio::time::{Instant, interval_at};

use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Inputs, Run};
use crate::machine::Machine;

/// Tells all who listen where the machine is and what it is called: when that changes, and again from time to time.
#[derive(Debug)]
pub struct AddressEventController {
    machine: Arc<Machine>,
}

impl AddressEventController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

/// The addresses that are not those of pods and services.
const ADDRESSES: &str = "current-no-k8s";

/// Time after which it is told again. Source: `internal/app/machined/pkg/controllers/network/address_event.go` (1.5).
const AGAIN: Duration = Duration::from_secs(600);

controller! {
    AddressEventController = "network.AddressEventController" {
        inputs: [
            Input::weak::<NodeAddresses>().only(ADDRESSES),
            Input::weak::<HostnameStatuses>().only("hostname"),
        ],
        outputs: [],
    }
}

#[tonic::async_trait]
impl Run for AddressEventController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut again = interval_at(Instant::now() + AGAIN, AGAIN);
        loop {
            tokio::select! {
                () = context.changed() => {}
                // Cancel-safe: a tick that was not waited for is still due.
                _ = again.tick() => {}
            }
            self.machine.events.publish("", EventPayload::Address(event(&context.inputs())));
        }
    }
}

fn event(inputs: &Inputs<'_>) -> AddressEvent {
    let prefixes = inputs.get::<NodeAddresses>(ADDRESSES).map(|known| known.addresses.clone()).unwrap_or_default();
    let addresses = prefixes.iter().filter_map(|prefix| prefix.address()).map(|address| address.to_string());
    let hostname = inputs.get::<HostnameStatuses>("hostname").map(|known| known.hostname.clone()).unwrap_or_default();
    AddressEvent { hostname, addresses: addresses.collect() }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;
    use talos_api::resources::network::{HostnameStatusSpec, NodeAddressSpec};

    use super::*;
    use crate::controllers::testing::{put, store};
    use crate::machine::testing::machine;

    #[test]
    fn addresses_are_told_without_their_networks() {
        let store = store();
        let controller = AddressEventController::new(machine());
        let event = || event(&Inputs::new(&store, &controller));
        assert_eq!(event(), AddressEvent::default());
        let addresses = ["10.5.0.2/24", "fd00::2/64"].map(|prefix| prefix.parse().unwrap()).into();
        put::<NodeAddresses>(&store, NodeAddresses::DEFINITION.namespace, ADDRESSES, NodeAddressSpec { addresses });
        let status = HostnameStatusSpec { hostname: "a".into(), domainname: "b".into() };
        put::<HostnameStatuses>(&store, HostnameStatuses::DEFINITION.namespace, "hostname", status);
        let addresses = vec!["10.5.0.2".into(), "fd00::2".into()];
        assert_eq!(event(), AddressEvent { hostname: "a".into(), addresses });
    }
}
