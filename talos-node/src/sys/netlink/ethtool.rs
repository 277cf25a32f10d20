//! What drivers say about links: the `ethtool` family of generic netlink.
//!
//! A handful of numbers from three lists; the messages are taken apart here, attribute by attribute.

use std::collections::BTreeMap;
use std::io;

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST};
use rustix::net::netlink::GENERIC;

use super::{HEADER, converse};

/// How the driver of a link has set it. Numbers are the kernel's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkSettings {
    /// Whether a signal is there; `None` if the driver does not tell.
    pub has_signal: Option<bool>,
    /// `PORT_*`: 0 twisted pair, 3 fibre, 239 none; `None` if the driver does not tell.
    pub port: Option<u8>,
    /// Speed in Mbit/s, the largest number if it has none; `None` if the driver does not tell.
    pub speed_megabits: Option<u32>,
    /// `DUPLEX_*`: 0 half, 1 full, 255 unknown; `None` if the driver does not tell.
    pub duplex: Option<u8>,
}

/// Settings by number of the link.
pub(super) fn settings() -> io::Result<BTreeMap<u32, LinkSettings>> {
    const LINK_INFO: u8 = 2;
    const LINK_MODES: u8 = 4;
    const LINK_STATE: u8 = 6;
    let family = family(b"ethtool\0")?;
    let mut settings: BTreeMap<u32, LinkSettings> = BTreeMap::new();
    for command in [LINK_INFO, LINK_MODES, LINK_STATE] {
        ask(family, command, NLM_F_DUMP, &[], |attributes| {
            let Some(link) = find(attributes, 1).and_then(|header| number(find(header, 1)?)) else { return };
            let link = settings.entry(link).or_default();
            match command {
                LINK_INFO => link.port = find(attributes, 2).and_then(byte),
                LINK_MODES => {
                    link.speed_megabits = find(attributes, 5).and_then(number);
                    link.duplex = find(attributes, 6).and_then(byte);
                }
                _ => link.has_signal = find(attributes, 2).and_then(byte).map(|signal| signal != 0),
            }
        })?;
    }
    Ok(settings)
}

/// Families have no fixed numbers, but one that knows those of the others.
fn family(name: &[u8]) -> io::Result<u16> {
    const CONTROL: u16 = 16;
    const GET_FAMILY: u8 = 3;
    let mut attribute = Vec::new();
    attribute.extend_from_slice(&(4 + name.len() as u16).to_ne_bytes());
    attribute.extend_from_slice(&2u16.to_ne_bytes());
    attribute.extend_from_slice(name);
    attribute.resize(attribute.len().next_multiple_of(4), 0);
    let mut family = None;
    ask(CONTROL, GET_FAMILY, 0, &attribute, |attributes| {
        family = find(attributes, 1).and_then(|number| Some(u16::from_ne_bytes(number.try_into().ok()?)));
    })?;
    family.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Puts a question to a family, and hands the attributes of each answer on.
fn ask(family: u16, command: u8, flags: u16, attributes: &[u8], mut each: impl FnMut(&[u8])) -> io::Result<()> {
    /// Command, version, and room for more.
    const GENERIC_HEADER: usize = 4;
    let mut request = Vec::new();
    request.extend_from_slice(&((HEADER + GENERIC_HEADER + attributes.len()) as u32).to_ne_bytes());
    request.extend_from_slice(&family.to_ne_bytes());
    request.extend_from_slice(&(NLM_F_REQUEST | flags).to_ne_bytes());
    request.extend_from_slice(&[0; 8]);
    request.extend_from_slice(&[command, 1, 0, 0]);
    request.extend_from_slice(attributes);
    let is_list = flags != 0;
    converse(Some(GENERIC), &request, |message| {
        each(message.get(HEADER + GENERIC_HEADER..).unwrap_or_default());
        // A single answer has nothing behind it that would end it.
        Ok(!is_list)
    })
}

/// The attribute with a number: each has its length, its number and two flags, and starts at a multiple of four.
fn find(mut attributes: &[u8], wanted: u16) -> Option<&[u8]> {
    const FLAGS: u16 = 0xc000;
    loop {
        let [a, b, c, d, ..] = *attributes else { return None };
        let length = usize::from(u16::from_ne_bytes([a, b]));
        if u16::from_ne_bytes([c, d]) & !FLAGS == wanted {
            return attributes.get(4..length);
        }
        attributes = attributes.get(length.max(4).next_multiple_of(4)..)?;
    }
}

fn number(value: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(value.try_into().ok()?))
}

fn byte(value: &[u8]) -> Option<u8> {
    value.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn attributes_are_found_behind_others() {
        let attributes = [5, 0, 1, 0, 9, 0, 0, 0, 8, 0, 2, 0x80, 1, 2, 3, 4, 40, 0, 3, 0];
        assert_eq!((find(&attributes, 1), find(&attributes, 2)), (Some(&[9][..]), Some(&[1, 2, 3, 4][..])));
        // Cut off, and not there.
        assert_eq!((find(&attributes, 3), find(&attributes, 4), find(&[0; 64], 1)), (None, None, None));
    }

    #[test]
    fn unknown_families_are_refused() {
        assert_eq!(family(b"no such family\0").unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn links_have_settings() {
        // Not every kernel is made with it.
        let Ok(settings) = settings() else { return };
        // The loopback link, which hears itself.
        assert_eq!(settings[&1], LinkSettings { has_signal: Some(true), ..LinkSettings::default() });
    }
}
