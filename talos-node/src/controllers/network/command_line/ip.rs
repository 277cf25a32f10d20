//! `ip=`: address, server, router, mask, name, link, way to get an address, two name servers, time server, between colons.
//! Addresses of IPv6 stand in brackets. `ip=dhcp` says nothing, `ip=link:dhcp` only how to get an address.

use talos_api::resources::network::{ConfigLayer, LinkSpecSpec};
use talos_api::resources::{HardwareAddr, Ip, IpPrefix};

use super::{Error, LinkSettings, NetworkSettings, number};
use crate::networks::{parse_address, single};
use crate::sys::netlink::Link;

/// `IFF_LOOPBACK`.
const LOOPBACK: u32 = 0x8;

/// Begin of a name that tells the link by its hardware address.
const BY_ADDRESS: &str = "enx";

/// Does as one `ip=` says.
pub(super) fn follow(
    text: &str,
    links: &[Link],
    settings: &mut NetworkSettings,
    specs: &mut Vec<LinkSpecSpec>,
) -> Result<(), Error> {
    let mut link = LinkSettings::default();
    match fields(text).as_slice() {
        ["dhcp"] => return Ok(()),
        [name, "dhcp"] => {
            link.name = (*name).to_owned();
            link.has_dhcp = true;
        }
        fields => {
            for (position, field) in fields.iter().enumerate().filter(|(_, field)| !field.is_empty()) {
                take(position, field, &mut link, settings)?;
            }
            if link.name.is_empty() {
                let others = links.iter().filter(|link| link.flags & LOOPBACK == 0);
                link.name = others.map(|link| link.name.clone()).min().unwrap_or_default();
            }
        }
    }
    resolve(&mut link.name, links)?;
    specs.push(LinkSpecSpec {
        name: link.name.clone(),
        up: true,
        config_layer: ConfigLayer::CMDLINE,
        ..LinkSpecSpec::default()
    });
    settings.links.push(link);
    Ok(())
}

fn take(position: usize, field: &str, link: &mut LinkSettings, settings: &mut NetworkSettings) -> Result<(), Error> {
    let address = |name| parse_address(field).map_err(|source| Error::Address { field: name, source });
    let server = || parse_address(field).map_err(|source| Error::Server { source });
    match position {
        // Without a mask it stands for itself alone.
        0 => link.address = address("address")?.address().map(single).unwrap_or_default(),
        2 => link.gateway = address("gateway")?,
        3 => {
            let length = match number(field) {
                Ok(length) => length,
                Err(_) => ones(&address("netmask")?),
            };
            if let Some(own) = link.address.address() {
                let most = single(own).bits();
                let bits = u8::try_from(length).ok().filter(|bits| *bits <= most);
                let bits = bits.ok_or_else(|| Error::Netmask { length, address: own.into() })?;
                link.address = IpPrefix::new(own, bits);
            }
        }
        4 if settings.hostname.is_empty() => field.clone_into(&mut settings.hostname),
        5 => field.clone_into(&mut link.name),
        6 => link.has_dhcp |= field == "dhcp",
        7 | 8 => settings.dns_servers.push(server()?),
        9 => settings.time_servers.push(server()?),
        _ => {}
    }
    Ok(())
}

/// The texts between the colons, without brackets.
fn fields(text: &str) -> Vec<&str> {
    let mut depth = 0i32;
    let parts = text.split(|character| {
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            ':' => return depth == 0,
            _ => {}
        }
        false
    });
    parts.map(|part| part.trim_matches(['[', ']'])).collect()
}

/// Number of leading ones of a mask; 0 if others follow.
fn ones(mask: &Ip) -> i64 {
    let (ones, rest) = match mask.address() {
        Some(std::net::IpAddr::V4(mask)) => {
            let mask = u32::from(mask);
            (mask.leading_ones(), mask.checked_shl(mask.leading_ones()).unwrap_or(0) != 0)
        }
        Some(std::net::IpAddr::V6(mask)) => {
            let mask = u128::from(mask);
            (mask.leading_ones(), mask.checked_shl(mask.leading_ones()).unwrap_or(0) != 0)
        }
        None => (0, false),
    };
    if rest { 0 } else { ones.into() }
}

/// Replaces a name that tells the link by its hardware address.
fn resolve(name: &mut String, links: &[Link]) -> Result<(), Error> {
    let Some(wanted) = name.strip_prefix(BY_ADDRESS) else { return Ok(()) };
    let wanted = wanted.to_lowercase();
    let address = |link: &Link| HardwareAddr(link.hardware_address.clone()).to_string().replace(':', "");
    match links.iter().find(|link| address(link) == wanted) {
        Some(link) => link.name.clone_into(name),
        None => return Err(Error::NoSuchMac { name: name.clone() }),
    }
    Ok(())
}
