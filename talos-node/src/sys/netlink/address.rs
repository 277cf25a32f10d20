//! Addresses of links.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::{AddressAttribute, AddressMessage};

/// An address of a link. Numbers and flags are the kernel's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address; of a link to a single peer, the peer's.
    pub address: IpAddr,
    /// Size of its network.
    pub prefix_length: u8,
    /// Own address; IPv6 has it only on links to a single peer.
    pub local: Option<IpAddr>,
    /// Address of all in the network.
    pub broadcast: Option<Ipv4Addr>,
    /// Address of the nearest of a group.
    pub anycast: Option<Ipv6Addr>,
    /// Address of a group.
    pub multicast: Option<Ipv6Addr>,
    /// Number of the link.
    pub link_index: u32,
    /// `AF_INET` 2 or `AF_INET6` 10.
    pub family: u8,
    /// `RT_SCOPE_*`: 0 global, 253 link, 254 host.
    pub scope: u8,
    /// `IFA_F_*`.
    pub flags: u32,
}

/// Asks for all addresses.
pub(super) fn request() -> RouteNetlinkMessage {
    RouteNetlinkMessage::GetAddress(AddressMessage::default())
}

impl Address {
    /// `None` for what is no address of the Internet.
    pub(super) fn read(message: AddressMessage) -> Option<Self> {
        let header = message.header;
        let (mut address, mut local) = (None, None);
        let (mut broadcast, mut anycast, mut multicast) = (None, None, None);
        let mut flags = u32::from(header.flags.bits());
        for attribute in message.attributes {
            match attribute {
                AddressAttribute::Address(value) => address = Some(value),
                AddressAttribute::Local(value) => local = Some(value),
                AddressAttribute::Broadcast(value) => broadcast = Some(value),
                AddressAttribute::Anycast(value) => anycast = Some(value),
                AddressAttribute::Multicast(value) => multicast = Some(value),
                // Longer than those of the header, which had no room for more.
                AddressAttribute::Flags(value) => flags = value.bits(),
                _ => {}
            }
        }
        Some(Self {
            address: address.or(local)?,
            prefix_length: header.prefix_len,
            local,
            broadcast,
            anycast,
            multicast,
            link_index: header.index,
            family: header.family.into(),
            scope: header.scope.into(),
            flags,
        })
    }
}
