//! Routes.

use std::net::IpAddr;

use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::route::{RouteAddress, RouteAttribute, RouteMessage, RouteMetric};

/// A route. Numbers and flags are the kernel's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// `AF_INET` 2 or `AF_INET6` 10.
    pub family: u8,
    /// Where it leads; `None` to everywhere.
    pub destination: Option<IpAddr>,
    /// Size of the network it leads to.
    pub destination_length: u8,
    /// Preferred own address.
    pub source: Option<IpAddr>,
    /// Next router.
    pub gateway: Option<IpAddr>,
    /// Number of the link; 0 if none.
    pub out_link_index: u32,
    /// Number of the table: 254 main, 255 local.
    pub table: u32,
    /// The lower the better.
    pub priority: u32,
    /// `RT_SCOPE_*`.
    pub scope: u8,
    /// `RTN_*`: 1 unicast, 2 local, 3 broadcast.
    pub route_type: u8,
    /// `RTPROT_*`: who made it.
    pub protocol: u8,
    /// `RTM_F_*` and `RTNH_F_*`.
    pub flags: u32,
    /// Largest packet in bytes; 0 that of the link.
    pub mtu: u32,
}

/// Asks for all routes.
pub(super) fn request() -> RouteNetlinkMessage {
    RouteNetlinkMessage::GetRoute(RouteMessage::default())
}

impl Route {
    /// `None` for what is no route of the Internet.
    pub(super) fn read(message: RouteMessage) -> Option<Self> {
        let header = message.header;
        let mut route = Self {
            family: header.address_family.into(),
            destination_length: header.destination_prefix_length,
            table: header.table.into(),
            scope: header.scope.into(),
            route_type: header.kind.into(),
            protocol: header.protocol.into(),
            flags: header.flags.bits(),
            ..Self::default()
        };
        if !matches!(route.family, 2 | 10) {
            return None;
        }
        for attribute in message.attributes {
            match attribute {
                RouteAttribute::Destination(value) => route.destination = ip(value),
                RouteAttribute::PrefSource(value) => route.source = ip(value),
                RouteAttribute::Gateway(value) => route.gateway = ip(value),
                RouteAttribute::Oif(value) => route.out_link_index = value,
                // Numbers above 255 have no room in the header.
                RouteAttribute::Table(value) => route.table = value,
                RouteAttribute::Priority(value) => route.priority = value,
                RouteAttribute::Metrics(metrics) => {
                    let mtu = metrics.into_iter().find_map(|metric| match metric {
                        RouteMetric::Mtu(value) => Some(value),
                        _ => None,
                    });
                    route.mtu = mtu.unwrap_or_default();
                }
                _ => {}
            }
        }
        Some(route)
    }
}

fn ip(address: RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some(address.into()),
        RouteAddress::Inet6(address) => Some(address.into()),
        _ => None,
    }
}
