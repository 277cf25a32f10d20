//! Links, addresses, routes, names, and the servers that a machine asks.
//!
//! | Modules | Do |
//! |---|---|
//! | `…_config` | tell what the command line of the kernel, the configuration and the defaults want, each on its layer |
//! | `…_merge` | choose among what is wanted on several layers, which `layers` holds |
//! | `…_spec` | do what is wanted |
//! | `…_status` | tell what there is |

mod address_config;
mod address_event;
mod address_merge;
mod address_status;
mod bond;
mod command_line;
mod device;
mod device_config;
mod etc_file;
mod hardware_addr;
mod hostname_config;
mod hostname_merge;
mod hostname_spec;
mod layers;
mod link_config;
mod link_merge;
mod link_status;
mod node_address;
mod operator_config;
mod operator_merge;
mod operator_vip_config;
mod platform_config;
mod probe;
mod resolver_config;
mod resolver_merge;
mod resolver_spec;
mod route_config;
mod route_merge;
mod route_status;
mod status;
mod time_server_config;
mod time_server_merge;
mod time_server_spec;
mod told;
mod vlan;

use std::net::IpAddr;

use talos_api::resources::network::{Family, LinkStatusSpec, LinkType, RoutingTable};
use talos_api::resources::{Ip, IpPrefix};

use layers::CONFIG_NAMESPACE;

pub use address_config::AddressConfigController;
pub use address_event::AddressEventController;
pub use address_merge::AddressMergeController;
pub use address_status::AddressStatusController;
pub use device_config::DeviceConfigController;
pub use etc_file::EtcFileController;
pub use hardware_addr::HardwareAddrController;
pub use hostname_config::HostnameConfigController;
pub use hostname_merge::HostnameMergeController;
pub use hostname_spec::HostnameSpecController;
pub use link_config::LinkConfigController;
pub use link_merge::LinkMergeController;
pub use link_status::LinkStatusController;
pub use node_address::NodeAddressController;
pub use operator_config::OperatorConfigController;
pub use operator_merge::OperatorMergeController;
pub use operator_vip_config::OperatorVipConfigController;
pub use platform_config::PlatformConfigController;
pub use probe::ProbeController;
pub use resolver_config::ResolverConfigController;
pub use resolver_merge::ResolverMergeController;
pub use resolver_spec::ResolverSpecController;
pub use route_config::RouteConfigController;
pub use route_merge::RouteMergeController;
pub use route_status::RouteStatusController;
pub use status::StatusController;
pub use time_server_config::TimeServerConfigController;
pub use time_server_merge::TimeServerMergeController;
pub use time_server_spec::TimeServerSpecController;

/// Metric of routes that have none of their own.
const ROUTE_METRIC: u32 = 1024;

/// Id of a route. The main table is not named.
fn route_id(table: RoutingTable, family: Family, gateway: &Ip, destination: IpPrefix, priority: u32) -> String {
    let route = format!("{family}/{gateway}/{destination}/{priority}");
    if table == RoutingTable::MAIN { route } else { format!("{table}/{route}") }
}

/// Kind of an address.
fn family(address: IpAddr) -> Family {
    if address.is_ipv4() { Family::INET4 } else { Family::INET6 }
}

/// Whether there is a device behind a link.
fn is_physical(link: &LinkStatusSpec) -> bool {
    link.r#type == LinkType::ETHER && link.kind.is_empty()
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use talos_api::resources::Kind;
    use talos_api::resources::network::{
        AddressSpecs, LinkSpecs, LinkStatuses, OperatorSpecs, ResolverStatuses, RouteSpecs, TimeServerStatuses,
    };
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::controllers::testing::{configure, put};
    use crate::cosi::engine::Log;
    use crate::cosi::{Engine, Query, Store};
    use crate::machine::Machine;
    use crate::machine::testing::machine_with_command_line;

    /// No failure is expected.
    pub(super) struct Quiet;

    impl Log for Quiet {
        fn failed(&self, controller: &'static str, failure: &(dyn std::error::Error + Send + Sync), _: Duration) {
            panic!("{controller}: {failure}");
        }
    }

    /// All controllers that find out what is wanted, and merge it.
    fn engine(machine: &Arc<Machine>) -> Engine {
        let mut engine = Engine::new(machine.store.clone(), Quiet);
        let added = [
            engine.add_plan(AddressConfigController::new(machine.clone())),
            engine.add_plan(AddressMergeController),
            engine.add_plan(DeviceConfigController::new(machine.clone())),
            engine.add_plan(LinkConfigController::new(machine.clone())),
            engine.add_plan(LinkMergeController),
            engine.add_plan(OperatorConfigController::new(machine.clone())),
            engine.add_plan(OperatorMergeController),
            engine.add_plan(ResolverConfigController::new(machine.clone())),
            engine.add_plan(ResolverMergeController),
            engine.add_plan(ResolverSpecController::new(machine.clone())),
            engine.add_plan(RouteConfigController::new(machine.clone())),
            engine.add_plan(RouteMergeController),
            engine.add_plan(TimeServerConfigController::new(machine.clone())),
            engine.add_plan(TimeServerMergeController),
            engine.add_plan(TimeServerSpecController::new(machine.clone())),
        ];
        assert!(added.iter().all(Result::is_ok));
        engine
    }

    fn ids<K: Kind>(store: &Store) -> Vec<String> {
        let all = store.list(K::DEFINITION.namespace, K::DEFINITION.type_name, &Query::default());
        all.iter().map(|resource| resource.metadata().id().to_owned()).collect()
    }

    fn servers<K: Kind>(store: &Store, id: &str) -> String {
        store
            .spec::<K>(id)
            .map(|spec| crate::cosi::Content::to_yaml(&spec).trim().replace('\n', ";"))
            .unwrap_or_default()
    }

    /// Lets the engine, which runs on this very thread, do all it has to do.
    async fn settled() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_wanted_is_merged() {
        let line = "ip=172.20.0.2::172.20.0.1:255.255.255.0::eth1:off:1.1.1.1::10.0.0.1";
        let machine = machine_with_command_line(line);
        let store = &machine.store;
        for name in ["eth0", "eth1"] {
            let spec = LinkStatusSpec { r#type: LinkType::ETHER, ..LinkStatusSpec::default() };
            put::<LinkStatuses>(store, LinkStatuses::DEFINITION.namespace, name, spec);
        }
        let stop = CancellationToken::new();
        let engine = tokio::spawn(engine(&machine).serve(stop.clone()));
        settled().await;
        assert_eq!(ids::<AddressSpecs>(store), ["eth1/172.20.0.2/24"]);
        assert_eq!(ids::<RouteSpecs>(store), ["inet4/172.20.0.1//1024"]);
        assert_eq!(ids::<LinkSpecs>(store), ["eth0", "eth1", "lo"]);
        assert_eq!(ids::<OperatorSpecs>(store), ["dhcp4/eth0"]);
        assert_eq!(servers::<ResolverStatuses>(store, "resolvers"), "dnsServers:;    - 1.1.1.1");
        assert_eq!(servers::<TimeServerStatuses>(store, "timeservers"), "timeServers:;    - 10.0.0.1");

        configure(
            store,
            "machine:\n  network:\n    nameservers: [9.9.9.9]\n    interfaces:\n    - {interface: eth1, ignore: true}\n    \
             - {interface: eth0, cidr: 10.0.0.1/8}\n",
        );
        settled().await;
        assert_eq!(ids::<AddressSpecs>(store), ["eth0/10.0.0.1/8"]);
        assert_eq!(ids::<RouteSpecs>(store), [""; 0]);
        assert_eq!(ids::<LinkSpecs>(store), ["eth0", "lo"]);
        assert_eq!(ids::<OperatorSpecs>(store), [""; 0]);
        assert_eq!(servers::<ResolverStatuses>(store, "resolvers"), "dnsServers:;    - 9.9.9.9");
        stop.cancel();
        engine.await.unwrap();
    }
}
