use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use talos_api::resources::network::{
    Family, RouteFlags, RouteProtocol, RouteStatusSpec, RouteStatuses, RouteType, RoutingTable, Scope,
};
use talos_api::resources::{Ip, IpPrefix};

use super::route_id;
use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Output, Outputs, Run};
use crate::machine::Machine;
use crate::sys::netlink::{Route, Subjects};

/// Reports the routes of the machine.
#[derive(Debug)]
pub struct RouteStatusController {
    machine: Arc<Machine>,
}

impl RouteStatusController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    RouteStatusController = "network.RouteStatusController" {
        inputs: [],
        outputs: [Output::exclusive::<RouteStatuses>()],
    }
}

#[tonic::async_trait]
impl Run for RouteStatusController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        // Heard of before it is asked for, so that nothing falls between.
        let mut changes = self.machine.host.network_changes(Subjects::ROUTES | Subjects::LINKS)?;
        loop {
            let links = self.machine.host.links()?;
            let names: BTreeMap<u32, &str> = links.iter().map(|link| (link.index, link.name.as_str())).collect();
            let mut outputs = Outputs::default();
            for route in self.machine.host.routes()? {
                let name = names.get(&route.out_link_index).copied().unwrap_or_default();
                let status = status(&route, name);
                let RouteStatusSpec { table, family, destination, priority, .. } = status;
                let id = route_id(table, family, &status.gateway, destination, priority);
                outputs.put::<RouteStatuses>(id, status);
            }
            context.settle(outputs)?;
            changes.changed().await?;
        }
    }
}

fn status(route: &Route, out_link_name: &str) -> RouteStatusSpec {
    let ip = |address: Option<IpAddr>| address.map(Ip::from).unwrap_or_default();
    let destination = route.destination.map(|address| IpPrefix::new(address, route.destination_length));
    RouteStatusSpec {
        family: Family(u32::from(route.family)),
        destination: destination.unwrap_or_default(),
        source: ip(route.source),
        gateway: ip(route.gateway),
        out_link_index: route.out_link_index,
        out_link_name: out_link_name.to_owned(),
        table: RoutingTable(route.table),
        priority: route.priority,
        scope: Scope(u32::from(route.scope)),
        r#type: RouteType(u32::from(route.route_type)),
        flags: RouteFlags(route.flags),
        protocol: RouteProtocol(u32::from(route.protocol)),
        mtu: route.mtu,
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;
    use tokio_util::sync::CancellationToken;

    use super::super::tests::Quiet;
    use super::*;
    use crate::cosi::{Engine, Query};
    use crate::machine::testing;
    use crate::sys::netlink::Link;
    use crate::sys::recording::{Network, Recording};

    #[test]
    fn routes_are_told_with_words() {
        let route = Route {
            family: 2,
            gateway: Some([10, 5, 0, 1].into()),
            out_link_index: 2,
            table: 254,
            priority: 1024,
            route_type: 1,
            protocol: 16,
            ..Route::default()
        };
        let status = status(&route, "eth0");
        let id = |status: &RouteStatusSpec| {
            route_id(status.table, status.family, &status.gateway, status.destination, status.priority)
        };
        assert_eq!(id(&status), "inet4/10.5.0.1//1024");
        let expected = "family: inet4; dst: \"\"; src: \"\"; gateway: 10.5.0.1; outLinkIndex: 2; outLinkName: eth0; table: main; \
                        priority: 1024; scope: global; type: unicast; flags: \"\"; protocol: dhcp";
        assert_eq!(crate::cosi::Content::to_yaml(&status).trim().replace('\n', "; "), expected);
        let destination = "::1/128".parse().unwrap();
        let local =
            RouteStatusSpec { table: RoutingTable::LOCAL, family: Family::INET6, destination, ..Default::default() };
        assert_eq!(id(&local), "local/inet6//::1/128/0");
    }

    #[tokio::test]
    async fn routes_come_and_go_with_those_of_the_computer() {
        let host = Recording::new("/nowhere");
        let machine = testing::machine_on(host.clone(), |_| {});
        let store = machine.store.clone();
        let mut engine = Engine::new(store.clone(), Quiet);
        engine.add_run(RouteStatusController::new(machine)).unwrap();
        let stop = CancellationToken::new();
        let engine = tokio::spawn(engine.serve(stop.clone()));
        let link = Link { index: 2, name: "eth0".into(), ..Link::default() };
        let route = |priority| Route { family: 2, out_link_index: 2, table: 254, priority, ..Route::default() };
        for priorities in [&[1, 2][..], &[2, 3], &[]] {
            let routes = priorities.iter().map(|priority| route(*priority)).collect();
            host.set_network(Network { links: vec![link.clone()], routes, ..Network::default() });
            let expected: Vec<_> = priorities.iter().map(|priority| (*priority, "eth0".to_owned())).collect();
            let found = || {
                let all = store.list("network", RouteStatuses::DEFINITION.type_name, &Query::default());
                let specs = all.iter().filter_map(|resource| resource.spec::<RouteStatusSpec>());
                specs.map(|status| (status.priority, status.out_link_name.clone())).collect::<Vec<_>>()
            };
            while found() != expected {
                tokio::task::yield_now().await;
            }
        }
        stop.cancel();
        engine.await.unwrap();
    }
}
