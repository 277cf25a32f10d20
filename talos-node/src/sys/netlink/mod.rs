//! What the kernel says about the network: links, addresses, routes, and when they change.
//!
//! Each question is a socket of its own that is closed with the answer: the kernel answers in microseconds, and nothing has
//! to be shared or kept in step. Numbers are the kernel's.

mod address;
mod changes;
mod ethtool;
mod link;
mod route;

use std::collections::BTreeMap;
use std::io;

use netlink_packet_core::{NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::RouteNetlinkMessage;
use rustix::fd::OwnedFd;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType};

use super::error::{Error, Reason};

pub use address::Address;
pub use changes::{Changes, Subjects};
pub use ethtool::LinkSettings;
pub(crate) use link::device;
pub use link::{Bond, Bridge, Link, LinkDetails, LinkDevice, Vlan};
pub use route::Route;

/// The kernel puts at most this much into one datagram of a list.
const DATAGRAM: usize = 64 << 10;

/// Length of the header of a message: length, kind, flags, two numbers that tell it from others.
const HEADER: usize = 16;

/// What ends an answer.
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;

/// A list that changed while it was told is asked for again, so often.
const ATTEMPTS: u32 = 5;

/// All links, as the kernel orders them.
///
/// # Errors
/// When the kernel does not answer.
pub(crate) fn links() -> Result<Vec<Link>, Error> {
    list("links", link::request(), |message| match message {
        RouteNetlinkMessage::NewLink(message) => Some(Link::read(message)),
        _ => None,
    })
}

/// All addresses, as the kernel orders them.
///
/// # Errors
/// When the kernel does not answer.
pub(crate) fn addresses() -> Result<Vec<Address>, Error> {
    list("addresses", address::request(), |message| match message {
        RouteNetlinkMessage::NewAddress(message) => Address::read(message),
        _ => None,
    })
}

/// All routes of all tables, as the kernel orders them.
///
/// # Errors
/// When the kernel does not answer.
pub(crate) fn routes() -> Result<Vec<Route>, Error> {
    list("routes", route::request(), |message| match message {
        RouteNetlinkMessage::NewRoute(message) => Route::read(message),
        _ => None,
    })
}

/// How drivers have set links, by number of the link.
///
/// # Errors
/// When the kernel does not answer, or was made without it.
pub(crate) fn settings() -> Result<BTreeMap<u32, LinkSettings>, Error> {
    ethtool::settings().map_err(|source| Error::Netlink { subject: "settings of links", source: Reason(source) })
}

fn list<T>(
    subject: &'static str,
    request: RouteNetlinkMessage,
    read: impl Fn(RouteNetlinkMessage) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let failed = |source| Error::Netlink { subject, source: Reason(source) };
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    let mut message = NetlinkMessage::new(header, NetlinkPayload::from(request));
    message.finalize();
    let mut request = vec![0; message.buffer_len()];
    message.serialize(&mut request);
    for _ in 1..ATTEMPTS {
        if let Some(items) = ask(&request, &read).map_err(failed)? {
            return Ok(items);
        }
    }
    // It keeps changing. Whoever watches is told, and asks again.
    ask(&request, &read).map(Option::unwrap_or_default).map_err(failed)
}

/// `None` when the list changed meanwhile.
fn ask<T>(request: &[u8], read: impl Fn(RouteNetlinkMessage) -> Option<T>) -> io::Result<Option<Vec<T>>> {
    let (mut items, mut is_whole) = (Vec::new(), true);
    converse(None, request, |message| {
        // A message of a kind that nobody understands is no reason to know nothing of the others.
        let Ok(message) = NetlinkMessage::<RouteNetlinkMessage>::deserialize(message) else { return Ok(false) };
        is_whole &= message.header.flags & NLM_F_DUMP_INTR == 0;
        if let NetlinkPayload::InnerMessage(message) = message.payload {
            items.extend(read(message));
        }
        Ok(false)
    })?;
    Ok(is_whole.then_some(items))
}

/// Puts a request to a part of the kernel, and takes answers until there are no more, or until one is taken as the last.
fn converse(
    protocol: Option<Protocol>,
    request: &[u8],
    mut each: impl FnMut(&[u8]) -> io::Result<bool>,
) -> io::Result<()> {
    let socket = socket(protocol, 0, SocketFlags::empty())?;
    rustix::net::send(&socket, request, SendFlags::empty())?;
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let (_, length) =
            rustix::io::retry_on_intr(|| rustix::net::recv(&socket, &mut buffer[..], RecvFlags::empty()))?;
        let mut rest = &buffer[..length];
        while let Some((message, behind)) = split(rest) {
            rest = behind;
            let kind = u16::from_ne_bytes([message[4], message[5]]);
            let code = message[HEADER..].first_chunk().map_or(0, |code| i32::from_ne_bytes(*code));
            match kind {
                // The end of a list may be that it broke off; an error without code is a confirmation.
                NLMSG_DONE | NLMSG_ERROR if code < 0 => return Err(io::Error::from_raw_os_error(-code)),
                NLMSG_DONE | NLMSG_ERROR => return Ok(()),
                _ if each(message)? => return Ok(()),
                _ => {}
            }
        }
    }
}

/// The first message of a datagram, and what follows it.
fn split(datagram: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_ne_bytes(datagram.get(..4)?.try_into().ok()?) as usize;
    let message = datagram.get(..length.max(HEADER))?;
    Some((message, datagram.get(length.next_multiple_of(4)..).unwrap_or_default()))
}

/// A socket that hears of groups.
fn socket(protocol: Option<Protocol>, groups: u32, flags: SocketFlags) -> io::Result<OwnedFd> {
    let flags = flags | SocketFlags::CLOEXEC;
    let socket = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, protocol)?;
    rustix::net::bind(&socket, &SocketAddrNetlink::new(0, groups))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_link_is_there() {
        let links = links().unwrap();
        let loopback = links.iter().find(|link| link.name == "lo").unwrap();
        assert_eq!((loopback.index, loopback.link_type, loopback.hardware_address.len()), (1, 772, 6));
        assert!(loopback.kind.is_empty());
        let indices: Vec<u32> = links.iter().map(|link| link.index).collect();
        for address in addresses().unwrap() {
            assert!(indices.contains(&address.link_index), "{address:?}");
            assert!(address.prefix_length <= if address.address.is_ipv4() { 32 } else { 128 });
        }
        for route in routes().unwrap() {
            assert!(route.table > 0, "{route:?}");
        }
    }

    #[test]
    fn cut_datagrams_end() {
        assert_eq!(split(&[]), None);
        assert_eq!(split(&[0; 8]), None);
        let mut datagram = vec![0; 40];
        datagram[..4].copy_from_slice(&18u32.to_ne_bytes());
        let (message, rest) = split(&datagram).unwrap();
        assert_eq!((message.len(), rest.len()), (18, 20));
        datagram[..4].copy_from_slice(&41u32.to_ne_bytes());
        assert_eq!(split(&datagram), None);
    }
}
