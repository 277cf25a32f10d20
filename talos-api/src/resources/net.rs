//! Addresses: text in YAML, bytes on the wire.

use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use talos_config_yaml::emit::Emitter;

use super::spec::{DecodeProblem, Form, Value};
use super::value::{bytes, single, whole};
use super::wire::{self, Payload, Problem};

/// An address, or none. Scoped IPv6 addresses have a zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ip {
    address: Option<IpAddr>,
    zone: Option<Box<str>>,
}

/// A network, or an address with the size of its network; or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpPrefix {
    prefix: Option<(IpAddr, u8)>,
}

/// An address with a port, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpPort {
    address: Ip,
    port: u16,
}

/// An address of the link layer, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HardwareAddr(pub Vec<u8>);

/// Text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {wanted}")]
pub struct ParseError {
    text: String,
    wanted: &'static str,
}

impl Ip {
    /// The address; `None` when there is none.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The zone of a scoped address.
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let (address, zone) = match bytes.len() {
            0 => return Ok(Self::default()),
            4 => (IpAddr::from(<[u8; 4]>::try_from(bytes).expect("four bytes")), &[][..]),
            16.. => {
                let (address, zone) = bytes.split_at(16);
                (IpAddr::from(<[u8; 16]>::try_from(address).expect("sixteen bytes")), zone)
            }
            length => return Err(Problem::Address(length)),
        };
        let zone = std::str::from_utf8(zone).map_err(|_| Problem::Text)?;
        Ok(Self { address: Some(address), zone: (!zone.is_empty()).then(|| zone.into()) })
    }

    fn octets(&self) -> Vec<u8> {
        let mut octets = match self.address {
            None => Vec::new(),
            Some(address) => octets(address),
        };
        octets.extend_from_slice(self.zone.as_deref().unwrap_or_default().as_bytes());
        octets
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

impl From<IpAddr> for Ip {
    fn from(address: IpAddr) -> Self {
        Self { address: Some(address), zone: None }
    }
}

impl From<Ipv4Addr> for Ip {
    fn from(address: Ipv4Addr) -> Self {
        IpAddr::from(address).into()
    }
}

impl From<Ipv6Addr> for Ip {
    fn from(address: Ipv6Addr) -> Self {
        IpAddr::from(address).into()
    }
}

impl Display for Ip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.address, &self.zone) {
            (None, _) => Ok(()),
            (Some(address), None) => address.fmt(f),
            (Some(address), Some(zone)) => write!(f, "{address}%{zone}"),
        }
    }
}

impl FromStr for Ip {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
        let parsed = address.parse().map_err(|_| ParseError { text: text.into(), wanted: "IP address" })?;
        Ok(Self { address: Some(parsed), zone: zone.map(Into::into) })
    }
}

impl Value for Ip {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_message(number, out, |out| {
            if self.address.is_some() {
                wire::put_bytes(1, &self.octets(), out);
            }
        });
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        let content = bytes(payload)?;
        // Nodes before 1.3 wrote the bare bytes; no message has these lengths.
        let address = if matches!(content.len(), 4 | 16) { content } else { first_bytes(content)?.0 };
        *self = Self::read(address)?;
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.string(&self.to_string());
    }

    fn is_empty(&self) -> bool {
        // The reference sees no fields in an address, so it takes every one for empty.
        true
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }

    fn form(&self) -> Form {
        single("common.NetIP", "IP string (\"\" when unset)")
    }
}

/// The bytes of field 1 and the number in field 2.
fn first_bytes(message: &[u8]) -> Result<(&[u8], u64), Problem> {
    let mut rest = message;
    let (mut content, mut second) = (&[][..], 0);
    while let Some((number, payload)) = wire::next(&mut rest)? {
        match number {
            1 => content = bytes(payload)?,
            2 => second = whole(payload)?,
            _ => {}
        }
    }
    Ok((content, second))
}

impl IpPrefix {
    /// An address and the number of bits that name its network.
    pub fn new(address: IpAddr, bits: u8) -> Self {
        Self { prefix: Some((address, bits)) }
    }

    /// The address; `None` when there is none.
    pub fn address(&self) -> Option<IpAddr> {
        self.prefix.map(|(address, _)| address)
    }

    /// Number of bits that name the network; 0 when there is none.
    pub fn bits(&self) -> u8 {
        self.prefix.map_or(0, |(_, bits)| bits)
    }
}

impl Display for IpPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix {
            None => Ok(()),
            Some((address, bits)) => write!(f, "{address}/{bits}"),
        }
    }
}

impl FromStr for IpPrefix {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        text.split_once('/')
            .and_then(|(address, bits)| {
                let address: IpAddr = address.parse().ok()?;
                let bits: u8 = bits.parse().ok()?;
                let most = if address.is_ipv4() { 32 } else { 128 };
                (bits <= most).then(|| Self::new(address, bits))
            })
            .ok_or_else(|| ParseError { text: text.into(), wanted: "network in CIDR form" })
    }
}

impl Value for IpPrefix {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_message(number, out, |out| {
            wire::put_bytes(1, &self.prefix.map(|(address, _)| octets(address)).unwrap_or_default(), out);
            wire::put_varint(2, self.bits().into(), out);
        });
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        let content = bytes(payload)?;
        let (address, bits) = match content.split_last() {
            Some((bits, address)) if matches!(address.len(), 4 | 16) && !is_message(content) => {
                (address, u64::from(*bits))
            }
            _ => first_bytes(content)?,
        };
        self.prefix = match Ip::read(address)?.address {
            None => None,
            Some(address) => Some((address, u8::try_from(bits).map_err(|_| Problem::Malformed)?)),
        };
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.string(&self.to_string());
    }

    fn is_empty(&self) -> bool {
        // As with addresses.
        true
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }

    fn form(&self) -> Form {
        single("common.NetIPPrefix", "CIDR string (\"\" when unset)")
    }
}

/// Whether bytes begin as field 1 with an address in it.
fn is_message(content: &[u8]) -> bool {
    matches!(content, [0x0a, 0 | 4 | 16, ..])
}

impl IpPort {
    /// An address with a port.
    pub fn new(address: Ip, port: u16) -> Self {
        Self { address, port }
    }

    /// The address.
    pub fn address(&self) -> &Ip {
        &self.address
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Display for IpPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address.address {
            None => Ok(()),
            Some(IpAddr::V4(_)) => write!(f, "{}:{}", self.address, self.port),
            Some(IpAddr::V6(_)) => write!(f, "[{}]:{}", self.address, self.port),
        }
    }
}

impl FromStr for IpPort {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        text.rsplit_once(':')
            .and_then(|(address, port)| {
                let address = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
                Some(Self { address: address.parse().ok()?, port: port.parse().ok()? })
            })
            .ok_or_else(|| ParseError { text: text.into(), wanted: "IP address with a port" })
    }
}

impl Value for IpPort {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_message(number, out, |out| {
            wire::put_bytes(1, &self.address.octets(), out);
            wire::put_varint(2, self.port.into(), out);
        });
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        let (address, port) = first_bytes(bytes(payload)?)?;
        self.address = Ip::read(address)?;
        self.port = u16::try_from(port).map_err(|_| Problem::Malformed)?;
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.string(&self.to_string());
    }

    fn is_empty(&self) -> bool {
        // As with addresses.
        true
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }

    fn form(&self) -> Form {
        single("common.NetIPPort", "IP:port string (\"\" when unset)")
    }
}

impl Display for HardwareAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02x}", if position == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl Value for HardwareAddr {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        if !self.0.is_empty() {
            wire::put_bytes(number, &self.0, out);
        }
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        self.0 = bytes(payload)?.to_vec();
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.string(&self.to_string());
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }

    fn form(&self) -> Form {
        single("bytes", "string form of nethelpers.HardwareAddr")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round<T: Value + Default + PartialEq + fmt::Debug>(value: T) -> Vec<u8> {
        let mut out = Vec::new();
        value.encode(1, &mut out);
        let mut back = T::default();
        let (_, payload) = wire::next(&mut out.as_slice()).unwrap().unwrap();
        back.decode(payload, 0).unwrap();
        assert_eq!(back, value);
        out
    }

    #[test]
    fn addresses_keep_their_bytes_and_zones() {
        assert_eq!(round("10.5.0.2".parse::<Ip>().unwrap()), [0x0a, 6, 0x0a, 4, 10, 5, 0, 2]);
        assert_eq!(round(Ip::default()), [0x0a, 0]);
        let scoped: Ip = "fe80::1%eth0".parse().unwrap();
        assert_eq!(round(scoped.clone()).len(), 24);
        assert_eq!(scoped.to_string(), "fe80::1%eth0");
        let mut short = Ip::default();
        assert_eq!(short.decode(Payload::Bytes(&[0x0a, 1, 1]), 0), Err(DecodeProblem::Here(Problem::Address(1))));
    }

    #[test]
    fn networks_take_both_ways_of_being_none() {
        round("10.5.0.0/24".parse::<IpPrefix>().unwrap());
        round("fd00::/8".parse::<IpPrefix>().unwrap());
        round(IpPrefix::default());
        let mut prefix = IpPrefix::new(IpAddr::from([1, 2, 3, 4]), 5);
        let minus_one = [0x0a, 0, 0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        prefix.decode(Payload::Bytes(&minus_one), 0).unwrap();
        assert_eq!(prefix, IpPrefix::default());
        prefix.decode(Payload::Bytes(&[10, 5, 0, 0, 24]), 0).unwrap();
        assert_eq!(prefix.to_string(), "10.5.0.0/24");
        assert!("10.5.0.0/33".parse::<IpPrefix>().is_err());
    }

    #[test]
    fn ports_stand_behind_brackets_for_the_longer_kind() {
        for text in ["10.5.0.2:51820", "[fd00::1]:51820", "[fe80::1%eth0]:1"] {
            let address: IpPort = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
            round(address);
        }
        assert_eq!(IpPort::default().to_string(), "");
    }
}
