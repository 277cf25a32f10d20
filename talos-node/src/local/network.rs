//! Where the machines of a cluster are: an IPv4 network, and who has which address in it.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::str::FromStr;

use talos_pki::{Random, random};

/// An IPv4 network in CIDR form. The first address is the gateway's, machines follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: Ipv4Addr,
    length: u8,
}

/// Why a text is no network, or has no room.
///
/// Texts up to [`TooSmall`](Self::TooSmall) are those of Go's `netip.ParsePrefix`, which users of the reference know.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no slash.
    #[error("netip.ParsePrefix({0:?}): no '/'")]
    NoSlash(String),
    /// What stands before the slash is no address.
    #[error("netip.ParsePrefix({text:?}): ParseAddr({address:?}): unable to parse IP")]
    Address {
        /// The whole text.
        text: String,
        /// The part of it.
        address: String,
    },
    /// What stands after the slash is no number.
    #[error("netip.ParsePrefix({text:?}): bad bits after slash: {bits:?}")]
    Bits {
        /// The whole text.
        text: String,
        /// The part of it.
        bits: String,
    },
    /// The number is larger than addresses are long.
    #[error("netip.ParsePrefix({0:?}): prefix length out of range")]
    Length(String),
    /// It is a network of another kind.
    #[error("--cidr is expected to be IPV4 CIDR")]
    NotV4,
    /// More addresses are wanted than it has.
    #[error("network {network} has no address number {number}, use a larger one")]
    TooSmall {
        /// The network.
        network: Network,
        /// Which address is wanted, counted from the first.
        number: u32,
    },
    /// All networks that were tried have an owner.
    #[error("no free network was found among {tried} of 127.0.0.0/8, name one")]
    NoneFree {
        /// How many were tried.
        tried: usize,
    },
    /// There is no randomness to choose one with.
    #[error(transparent)]
    Random(#[from] random::Error),
}

/// Which address of a network belongs to what, counted from the network's own.
const GATEWAY: u32 = 1;
const FIRST_NODE: u32 = 2;

/// Port of the API of a machine.
pub const API_PORT: u16 = 50000;

/// Port of the discovery service on the gateway.
pub const DISCOVERY_PORT: u16 = 3000;

/// How many networks are tried before giving up.
const TRIES: usize = 64;

impl Network {
    /// The network that the reference gives clusters.
    pub const DEFAULT: Self = Self { address: Ipv4Addr::new(10, 5, 0, 0), length: 24 };

    /// A network of loopback addresses (127.x.y.0/24) that nobody listens on, and the listener that keeps it from others who
    /// look for one: the port of the discovery service on its gateway.
    ///
    /// # Errors
    /// [`Error::NoneFree`] or [`Error::Random`].
    pub fn free_loopback(random: &mut dyn Random) -> Result<(Self, TcpListener), Error> {
        for _ in 0..TRIES {
            let mut bytes = [0; 2];
            random.fill(&mut bytes)?;
            // 127.0.x.y and 127.1.x.y are what other programs like.
            let network = Self { address: Ipv4Addr::new(127, 2 + bytes[0] % 252, bytes[1], 0), length: 24 };
            let taken = |number| Ok::<_, Error>(SocketAddrV4::new(network.nth(number)?, API_PORT));
            if TcpListener::bind(taken(FIRST_NODE)?).is_err() {
                continue;
            }
            if let Ok(held) = TcpListener::bind((network.gateway()?, DISCOVERY_PORT)) {
                return Ok((network, held));
            }
        }
        Err(Error::NoneFree { tried: TRIES })
    }

    /// Whether its addresses are those of this computer alone.
    pub fn is_loopback(self) -> bool {
        self.address.is_loopback()
    }

    /// How many bits its addresses share.
    pub fn length(self) -> u8 {
        self.length
    }

    /// Address of whoever connects it to others.
    ///
    /// # Errors
    /// [`Error::TooSmall`].
    pub fn gateway(self) -> Result<Ipv4Addr, Error> {
        self.nth(GATEWAY)
    }

    /// Address of a machine, counted from 0.
    ///
    /// # Errors
    /// [`Error::TooSmall`].
    pub fn node(self, index: usize) -> Result<Ipv4Addr, Error> {
        self.nth(u32::try_from(index).unwrap_or(u32::MAX).saturating_add(FIRST_NODE))
    }

    fn nth(self, number: u32) -> Result<Ipv4Addr, Error> {
        let size = 1_u64 << (32 - u32::from(self.length));
        if u64::from(number) >= size {
            return Err(Error::TooSmall { network: self, number });
        }
        let mask = u32::try_from(size - 1).unwrap_or(u32::MAX);
        Ok(Ipv4Addr::from((u32::from(self.address) & !mask) + number))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl FromStr for Network {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (address, bits) = text.rsplit_once('/').ok_or_else(|| Error::NoSlash(text.to_owned()))?;
        let no_address = |_| Error::Address { text: text.to_owned(), address: address.to_owned() };
        let parsed: std::net::IpAddr = address.parse().map_err(no_address)?;
        let is_number = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || (bits.len() > 1 && bits.starts_with('0')) {
            return Err(Error::Bits { text: text.to_owned(), bits: bits.to_owned() });
        }
        let most = if parsed.is_ipv4() { 32 } else { 128 };
        let length = bits.parse().ok().filter(|length: &u8| *length <= most);
        let length = length.ok_or_else(|| Error::Length(text.to_owned()))?;
        match parsed {
            std::net::IpAddr::V4(address) => Ok(Self { address, length }),
            std::net::IpAddr::V6(_) => Err(Error::NotV4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_the_reference() {
        let network: Network = "10.5.0.0/24".parse().unwrap();
        assert_eq!(network, Network::DEFAULT);
        assert_eq!(network.gateway().unwrap().to_string(), "10.5.0.1");
        assert_eq!(network.node(3).unwrap().to_string(), "10.5.0.5");
        // Bits behind the mask do not count.
        let network: Network = "10.5.0.9/29".parse().unwrap();
        assert_eq!(network.node(0).unwrap().to_string(), "10.5.0.10");
        assert_eq!(
            network.node(6).unwrap_err().to_string(),
            "network 10.5.0.9/29 has no address number 8, use a larger one"
        );
        assert!("10.5.0.0/32".parse::<Network>().unwrap().gateway().is_err());
    }

    #[test]
    fn wrong_networks_are_told_apart() {
        for (text, reason) in [
            ("10.5.0.0", "netip.ParsePrefix(\"10.5.0.0\"): no '/'"),
            ("x/24", "netip.ParsePrefix(\"x/24\"): ParseAddr(\"x\"): unable to parse IP"),
            ("10.5.0.0/x", "netip.ParsePrefix(\"10.5.0.0/x\"): bad bits after slash: \"x\""),
            ("10.5.0.0/08", "netip.ParsePrefix(\"10.5.0.0/08\"): bad bits after slash: \"08\""),
            ("10.5.0.0/33", "netip.ParsePrefix(\"10.5.0.0/33\"): prefix length out of range"),
            ("fd00::/64", "--cidr is expected to be IPV4 CIDR"),
        ] {
            assert_eq!(text.parse::<Network>().unwrap_err().to_string(), reason);
        }
    }

    #[test]
    fn networks_that_are_held_are_not_free() {
        /// Offers one network, then another.
        struct Twice(usize);

        impl Random for Twice {
            fn fill(&mut self, buffer: &mut [u8]) -> Result<(), random::Error> {
                buffer.copy_from_slice(&[[90, 91], [90, 91], [90, 92]][self.0]);
                self.0 += 1;
                Ok(())
            }
        }

        let mut random = Twice(0);
        let (first, held) = Network::free_loopback(&mut random).unwrap();
        let (second, _held) = Network::free_loopback(&mut random).unwrap();
        assert_eq!((first.to_string().as_str(), second.to_string().as_str()), ("127.92.91.0/24", "127.92.92.0/24"));
        assert!(first.is_loopback() && !Network::DEFAULT.is_loopback());
        drop(held);
    }
}
