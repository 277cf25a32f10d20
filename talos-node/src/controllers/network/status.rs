use std::net::IpAddr;
use std::sync::Arc;

use talos_api::resources::files::EtcFileStatuses;
use talos_api::resources::network::{
    HostnameStatuses, NetworkStatuses, NodeAddresses, ProbeStatuses, RouteStatuses, StatusSpec,
};

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::networks::contains;

/// Sums up how far the network is up.
#[derive(Debug)]
pub struct StatusController {
    machine: Arc<Machine>,
}

impl StatusController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    StatusController = "network.StatusController" {
        inputs: [
            Input::weak::<NodeAddresses>().only("current"),
            Input::weak::<RouteStatuses>(),
            Input::weak::<HostnameStatuses>(),
            Input::weak::<EtcFileStatuses>(),
            Input::weak::<ProbeStatuses>(),
        ],
        outputs: [Output::exclusive::<NetworkStatuses>()],
    }
}

/// Files that programs need to find others by name.
const FILES: [&str; 2] = ["hosts", "resolv.conf"];

impl Plan for StatusController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let status = StatusSpec {
            address_ready: inputs.get::<NodeAddresses>("current").is_some_and(|current| !current.addresses.is_empty()),
            connectivity_ready: is_connected(inputs, self.machine.settings.address),
            hostname_ready: inputs.get::<HostnameStatuses>("hostname").is_some(),
            etc_files_ready: FILES.into_iter().all(|file| inputs.get::<EtcFileStatuses>(file).is_some()),
        };
        outputs.put::<NetworkStatuses>("status", status);
        Ok(())
    }
}

/// Whether others are reached: as far as probes tell, or where there are none, if there is a way to everywhere. The peers
/// of a node with a loopback address have such, too: to them the way to these addresses is enough.
fn is_connected(inputs: &Inputs<'_>, own: IpAddr) -> bool {
    let probes = inputs.list::<ProbeStatuses>();
    if !probes.is_empty() {
        return probes.iter().all(|probe| probe.success);
    }
    inputs.list::<RouteStatuses>().iter().any(|route| {
        let leads_everywhere = route.destination.address().is_none();
        leads_everywhere || (own.is_loopback() && contains(route.destination, own))
    })
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;
    use talos_api::resources::files::EtcFileStatusSpec;
    use talos_api::resources::network::{HostnameStatusSpec, NodeAddressSpec, ProbeStatusSpec, RouteStatusSpec};

    use super::*;
    use crate::controllers::testing::{put, store, wanted};
    use crate::cosi::Store;
    use crate::machine::testing::{machine, machine_at};

    fn add<K: Kind>(store: &Store, id: &str, spec: K::Spec) {
        put::<K>(store, K::DEFINITION.namespace, id, spec);
    }

    #[test]
    fn it_is_up_when_all_of_it_is() {
        let store = store();
        let controller = StatusController::new(machine());
        let row = |flags: [bool; 4]| {
            let [address, connectivity, hostname, files] = flags;
            format!(
                "network/status: addressReady: {address}; connectivityReady: {connectivity}; hostnameReady: {hostname}; \
                 etcFilesReady: {files}"
            )
        };
        let found = || wanted(&store, &controller).remove(0);
        assert_eq!(found(), row([false; 4]));
        add::<NodeAddresses>(&store, "current", NodeAddressSpec { addresses: vec!["10.5.0.2/24".parse().unwrap()] });
        add::<EtcFileStatuses>(&store, "hosts", EtcFileStatusSpec::default());
        assert_eq!(found(), row([true, false, false, false]));
        add::<HostnameStatuses>(&store, "hostname", HostnameStatusSpec::default());
        add::<EtcFileStatuses>(&store, "resolv.conf", EtcFileStatusSpec::default());
        add::<RouteStatuses>(&store, "a", RouteStatusSpec::default());
        assert_eq!(found(), row([true; 4]));
        add::<ProbeStatuses>(&store, "a", ProbeStatusSpec { success: true, ..Default::default() });
        assert_eq!(found(), row([true; 4]));
        add::<ProbeStatuses>(&store, "b", ProbeStatusSpec::default());
        assert_eq!(found(), row([true, false, true, true]));
    }

    #[test]
    fn loopback_addresses_reach_each_other() {
        for (own, destination, expected) in [
            ("127.0.0.5", "127.0.0.0/8", true),
            ("127.0.0.5", "10.5.0.0/24", false),
            ("10.5.0.2", "10.5.0.0/24", false),
            ("::1", "::1/128", true),
        ] {
            let store = store();
            let route = RouteStatusSpec { destination: destination.parse().unwrap(), ..Default::default() };
            add::<RouteStatuses>(&store, "a", route);
            let controller = StatusController::new(machine_at(own));
            let is_connected = is_connected(&Inputs::new(&store, &controller), own.parse().unwrap());
            assert_eq!(is_connected, expected, "{own} {destination}");
        }
    }
}
