use std::net::IpAddr;
use std::sync::Arc;

use talos_api::resources::network::{
    ConfigLayer, DeviceConfigSpecs, RouteProtocol, RouteSpecSpec, RouteSpecs, RouteType, RoutingTable, Scope,
};
use talos_api::resources::{Ip, IpPrefix};
use talos_config::v1alpha1::Route;

use super::command_line::LinkSettings;
use super::layers::{self, CONFIG_NAMESPACE};
use super::{ROUTE_METRIC, command_line, device, family};
use crate::controllers::controller;
use crate::cosi::controller::{Controller, Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::networks::{NotAnAddress, PrefixError, contains, parse_address, parse_network, single};

/// Finds the routes that the command line and the configuration give.
#[derive(Debug)]
pub struct RouteConfigController {
    machine: Arc<Machine>,
}

impl RouteConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    RouteConfigController = "network.RouteConfigController" {
        inputs: [Input::weak::<DeviceConfigSpecs>()],
        outputs: [Output::shared::<RouteSpecs>().within(CONFIG_NAMESPACE)],
    }
}

/// A route that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Error {
    #[error("error parsing route network: {0}")]
    Network(#[source] PrefixError),
    #[error("error parsing route gateway: {0}")]
    Gateway(#[source] NotAnAddress),
    #[error("error parsing route source: {0}")]
    Source(#[source] NotAnAddress),
}

impl Plan for RouteConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let devices = device::all(inputs);
        let ignored = device::ignored(&devices);
        let settings = command_line::read_whole(&self.machine, self.name(), "ignoring error");
        for (position, link) in settings.links.iter().enumerate() {
            if !ignored.contains(link.name.as_str()) {
                for route in to_gateway(link, position) {
                    layers::put::<RouteSpecs>(outputs, route);
                }
            }
        }
        let devices = devices.iter().map(|config| config.device()).filter(|device| !device::is_ignored(device));
        for link in devices.flat_map(device::links) {
            for route in &link.routes {
                match configured(&link.name, route) {
                    Ok(route) => layers::put::<RouteSpecs>(outputs, route),
                    Err(error) => {
                        let Route { network, gateway, .. } = route;
                        let link = &link.name;
                        let text = format!("skipping route {network:?} -> {gateway:?} on interface {link:?}: {error}");
                        self.machine.console.controller(self.name(), &text, &[]);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The route through the router that the command line gives, and one to the router itself if the link does not reach it.
fn to_gateway(link: &LinkSettings, position: usize) -> Vec<RouteSpecSpec> {
    let Some(gateway) = link.gateway.address() else { return Vec::new() };
    let common = RouteSpecSpec {
        family: family(gateway),
        out_link_name: link.name.clone(),
        table: RoutingTable::MAIN,
        // Each has another one, so that they do not stand in each other's way.
        priority: ROUTE_METRIC.saturating_add(u32::try_from(position).unwrap_or(u32::MAX)),
        protocol: RouteProtocol::BOOT,
        r#type: RouteType::UNICAST,
        config_layer: ConfigLayer::CMDLINE,
        ..RouteSpecSpec::default()
    };
    let mut standard = RouteSpecSpec { gateway: link.gateway.clone(), ..common.clone() };
    normalize(&mut standard);
    let mut routes = vec![standard];
    if gateway.is_ipv4() && !contains(link.address, gateway) {
        let source = link.address.address().map(Ip::from).unwrap_or_default();
        routes.push(RouteSpecSpec { destination: single(gateway), source, scope: Scope::LINK, ..common });
    }
    routes
}

fn configured(link: &str, route: &Route) -> Result<RouteSpecSpec, Error> {
    fn set<T: Default, E>(text: &str, parse: fn(&str) -> Result<T, E>) -> Result<T, E> {
        if text.is_empty() { Ok(T::default()) } else { parse(text) }
    }
    let mut spec = RouteSpecSpec {
        destination: set(&route.network, parse_network).map_err(Error::Network)?,
        gateway: set(&route.gateway, parse_address).map_err(Error::Gateway)?,
        source: set(&route.source, parse_address).map_err(Error::Source)?,
        out_link_name: link.to_owned(),
        table: RoutingTable::MAIN,
        priority: if route.metric == 0 { ROUTE_METRIC } else { route.metric },
        protocol: RouteProtocol::STATIC,
        r#type: RouteType::UNICAST,
        config_layer: ConfigLayer::MACHINE_CONFIGURATION,
        mtu: route.mtu,
        ..RouteSpecSpec::default()
    };
    normalize(&mut spec);
    let destination = spec.destination.address();
    let is_ipv6 = [spec.gateway.address(), destination].iter().flatten().any(IpAddr::is_ipv6);
    spec.family = family(if is_ipv6 { [0; 16].into() } else { [0; 4].into() });
    if destination.is_some_and(|destination| destination.is_multicast()) {
        spec.r#type = RouteType::MULTICAST;
    }
    Ok(spec)
}

/// Everywhere is said by leaving it out, as is nowhere. How far a route is valid follows from where it leads.
fn normalize(route: &mut RouteSpecSpec) {
    let is_unspecified = |ip: &Ip| ip.zone().is_none() && ip.address().is_some_and(|address| address.is_unspecified());
    if route.destination.bits() == 0 && route.destination.address().is_some_and(|address| address.is_unspecified()) {
        route.destination = IpPrefix::default();
    }
    for ip in [&mut route.gateway, &mut route.source] {
        if is_unspecified(ip) {
            *ip = Ip::default();
        }
    }
    route.scope = match route.destination.address() {
        _ if route.gateway.address().is_none() => Scope::LINK,
        Some(destination) if destination.is_loopback() => Scope::HOST,
        _ => Scope::GLOBAL,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{store, wanted};
    use crate::machine::testing::machine_with_command_line;

    fn shown(line: &str, interfaces: &str) -> Vec<String> {
        let store = store();
        if !interfaces.is_empty() {
            device::testing::put_devices(&store, interfaces);
        }
        let controller = RouteConfigController::new(machine_with_command_line(line));
        let short = |row: String| row.replace("network-config/", "").replace("table: main; ", "");
        wanted(&store, &controller).into_iter().map(short).collect()
    }

    #[test]
    fn the_command_line_gives_routers() {
        let line = "ip=172.20.0.2::172.20.0.1:24::eth1 ip=10.0.0.1::10.0.1.1:24::eth2 ip=[::2]::[fe80::1]:::eth3 ip=1.1.1.1::1.1.1.2:::eth4";
        let tail = "type: unicast; flags: \"\"; protocol: boot; layer: cmdline";
        let expected = [
            format!(
                "cmdline/inet4/10.0.1.1//1025: family: inet4; dst: \"\"; src: \"\"; gateway: 10.0.1.1; outLinkName: eth2; \
                 priority: 1025; scope: global; {tail}"
            ),
            format!(
                "cmdline/inet4//10.0.1.1/32/1025: family: inet4; dst: 10.0.1.1/32; src: 10.0.0.1; gateway: \"\"; outLinkName: \
                 eth2; priority: 1025; scope: link; {tail}"
            ),
            format!(
                "cmdline/inet4/172.20.0.1//1024: family: inet4; dst: \"\"; src: \"\"; gateway: 172.20.0.1; outLinkName: eth1; \
                 priority: 1024; scope: global; {tail}"
            ),
            format!(
                "cmdline/inet6/fe80::1//1026: family: inet6; dst: \"\"; src: \"\"; gateway: fe80::1; outLinkName: eth3; \
                 priority: 1026; scope: global; {tail}"
            ),
        ];
        let mut expected: Vec<String> = expected.into();
        expected.sort();
        assert_eq!(shown(line, "    - {interface: eth4, ignore: true}"), expected);
    }

    #[test]
    fn the_configuration_gives_routes() {
        for (route, expected) in [
            (
                "{network: 0.0.0.0/0, gateway: 10.5.0.1}",
                "inet4/10.5.0.1//1024: family: inet4; dst: \"\"; src: \"\"; gateway: 10.5.0.1; outLinkName: eth0; priority: 1024; \
                 scope: global; type: unicast; flags: \"\"; protocol: static; layer: configuration",
            ),
            (
                "{network: 10.2.0.0/16, source: 10.5.0.2, metric: 7, mtu: 1400}",
                "inet4//10.2.0.0/16/7: family: inet4; dst: 10.2.0.0/16; src: 10.5.0.2; gateway: \"\"; outLinkName: eth0; \
                 priority: 7; scope: link; type: unicast; flags: \"\"; protocol: static; layer: configuration; mtu: 1400",
            ),
            (
                "{gateway: 'fe80::1'}",
                "inet6/fe80::1//1024: family: inet6; dst: \"\"; src: \"\"; gateway: fe80::1; outLinkName: eth0; priority: 1024; \
                 scope: global; type: unicast; flags: \"\"; protocol: static; layer: configuration",
            ),
            (
                "{network: 224.0.0.0/4, gateway: 0.0.0.0}",
                "inet4//224.0.0.0/4/1024: family: inet4; dst: 224.0.0.0/4; src: \"\"; gateway: \"\"; outLinkName: eth0; \
                 priority: 1024; scope: link; type: multicast; flags: \"\"; protocol: static; layer: configuration",
            ),
        ] {
            let found = shown("", &format!("    - interface: eth0\n      routes: [{route}]"));
            assert_eq!(found, [format!("configuration/{expected}")]);
        }
        assert_eq!(
            shown("", "    - interface: eth0\n      routes: [{network: x}, {network: 0.0.0.0/0, gateway: y}]"),
            [""; 0]
        );
        let tagged = shown("", "    - interface: eth0\n      vlans: [{vlanId: 5, routes: [{gateway: 10.0.0.1}]}]");
        assert!(tagged[0].contains("outLinkName: eth0.5"), "{tagged:?}");
    }

    #[test]
    fn what_is_wrong_with_a_route_is_said() {
        let route = |network: &str, gateway: &str, source: &str| Route {
            network: network.into(),
            gateway: gateway.into(),
            source: source.into(),
            ..Route::default()
        };
        for (route, expected) in [
            (route("10.0.0.1", "", ""), "error parsing route network: netip.ParsePrefix(\"10.0.0.1\"): no '/'"),
            (route("", "x", ""), "error parsing route gateway: ParseAddr(\"x\"): unable to parse IP"),
            (route("", "", "y"), "error parsing route source: ParseAddr(\"y\"): unable to parse IP"),
        ] {
            assert_eq!(configured("eth0", &route).unwrap_err().to_string(), expected);
        }
    }
}
