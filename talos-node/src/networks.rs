//! Networks, and which addresses lie in them.

use std::net::IpAddr;

use talos_api::resources::IpPrefix;
use talos_config::value::url::IpError;

/// Whether an address lies in a network. Addresses of one family lie in no network of the other.
pub fn contains(network: IpPrefix, address: IpAddr) -> bool {
    let bits = u32::from(network.bits());
    match (network.address(), address) {
        (Some(IpAddr::V4(network)), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            u32::from(network) & mask == u32::from(address) & mask
        }
        (Some(IpAddr::V6(network)), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            u128::from(network) & mask == u128::from(address) & mask
        }
        _ => false,
    }
}

/// An entry of a filter that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to parse subnet {entry:?}: {source}")]
pub struct FilterError {
    /// The entry.
    pub entry: String,
    /// What is wrong with it.
    pub source: PrefixError,
}

/// Picks addresses by a list of networks, as `validSubnets` and `advertisedSubnets` give it. The list is followed from the
/// start: a network adds the addresses in it that are not there yet, one behind a `!` takes those in it away. So its order
/// is that of the result, a list of refusals alone gives nothing, and what was refused may be added again. An address
/// stands for itself.
///
/// # Errors
/// The first entry that is no network.
pub fn pick(addresses: &[IpAddr], filter: &[impl AsRef<str>]) -> Result<Vec<IpAddr>, FilterError> {
    let mut picked: Vec<IpAddr> = Vec::new();
    for entry in filter.iter().map(AsRef::as_ref) {
        let (text, is_wanted) = entry.strip_prefix('!').map_or((entry, true), |rest| (rest, false));
        let network =
            parse_address_or_network(text).map_err(|source| FilterError { entry: entry.to_owned(), source })?;
        if is_wanted {
            let new = addresses.iter().filter(|address| contains(network, **address));
            let new: Vec<IpAddr> = new.filter(|address| !picked.contains(address)).copied().collect();
            picked.extend(new);
        } else {
            picked.retain(|address| !contains(network, *address));
        }
    }
    Ok(picked)
}

/// Text that is no network, in the words of the reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixError {
    /// It is not even an address.
    #[error(transparent)]
    Address(#[from] NotAnAddress),
    /// There is something wrong with a network.
    #[error("netip.ParsePrefix({text:?}): {problem}")]
    Network {
        /// The text.
        text: String,
        /// What is wrong with it.
        problem: PrefixProblem,
    },
}

/// What is wrong with a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixProblem {
    /// It has no length.
    #[error("no '/'")]
    NoSlash,
    /// What stands before its length is no address.
    #[error(transparent)]
    Address(#[from] NotAnAddress),
    /// It names a link.
    #[error("IPv6 zones cannot be present in a prefix")]
    Zone,
    /// Its length is no number.
    #[error("bad bits after slash: {0:?}")]
    Bits(String),
    /// It is longer than an address.
    #[error("prefix length out of range")]
    OutOfRange,
}

/// Text that is no address, in the words of the reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAnAddress(IpError);

/// An address as the reference reads it.
///
/// # Errors
/// [`NotAnAddress`] says what is wrong with the text.
pub fn parse_address(text: &str) -> Result<talos_api::resources::Ip, NotAnAddress> {
    talos_config::value::url::is_ipv6(text).map_err(NotAnAddress)?;
    let no_address = |_| IpError { address: text.to_owned(), problem: "unable to parse IP", at: String::new() };
    text.parse().map_err(|error| NotAnAddress(no_address(error)))
}

/// A network as the reference reads it: an address, a slash, a number of bits.
///
/// # Errors
/// [`PrefixError::Network`] says what is wrong with the text.
pub fn parse_network(text: &str) -> Result<IpPrefix, PrefixError> {
    let read = || {
        let (address, bits) = text.rsplit_once('/').ok_or(PrefixProblem::NoSlash)?;
        let address = parse_address(address)?;
        if address.zone().is_some() {
            return Err(PrefixProblem::Zone);
        }
        let bad_bits = || PrefixProblem::Bits(bits.to_owned());
        // No signs, and no zeros before the first digit.
        if bits.is_empty()
            || !bits.bytes().all(|byte| byte.is_ascii_digit())
            || (bits.len() > 1 && bits.starts_with('0'))
        {
            return Err(bad_bits());
        }
        let bits: u64 = bits.parse().map_err(|_| bad_bits())?;
        let address = address.address().ok_or(PrefixProblem::OutOfRange)?;
        match u8::try_from(bits) {
            Ok(bits) if bits <= length(address) => Ok(IpPrefix::new(address, bits)),
            _ => Err(PrefixProblem::OutOfRange),
        }
    };
    read().map_err(|problem| PrefixError::Network { text: text.to_owned(), problem })
}

/// A network, or an address that stands for itself alone.
///
/// # Errors
/// [`PrefixError`] says what is wrong with the text.
pub fn parse_address_or_network(text: &str) -> Result<IpPrefix, PrefixError> {
    if text.contains('/') {
        return parse_network(text);
    }
    let address = parse_address(text)?;
    Ok(address.address().map(single).unwrap_or_default())
}

/// The network of one address.
pub fn single(address: IpAddr) -> IpPrefix {
    IpPrefix::new(address, length(address))
}

/// Number of bits of an address.
fn length(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_what_shares_its_first_bits() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "11.0.0.1", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "fd00::1", true),
            ("fd00::/127", "fd00::1", true),
            ("fd00::/127", "fd00::2", false),
            ("10.0.0.1/32", "10.0.0.1", true),
        ] {
            let found = contains(network.parse().unwrap(), address.parse().unwrap());
            assert_eq!(found, expected, "{network} {address}");
        }
        assert!(!contains(IpPrefix::default(), IpAddr::from([0, 0, 0, 0])));
    }

    #[test]
    fn a_filter_is_followed_from_the_start() {
        let addresses = ["10.1.2.3", "10.2.0.1", "192.168.0.1"];
        let parsed: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        for (filter, expected) in [
            (&["10.0.0.0/8", "!10.1.0.0/16", "10.1.2.3"][..], &["10.2.0.1", "10.1.2.3"][..]),
            (&["10.1.2.3", "10.0.0.0/8"], &["10.1.2.3", "10.2.0.1"]),
            (&["!10.0.0.0/8"], &[]),
            (&["0.0.0.0/0", "::/0", "!10.0.0.0/8"], &["192.168.0.1"]),
            (&[], &[]),
        ] {
            let picked = pick(&parsed, filter).unwrap();
            assert_eq!(picked.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{filter:?}");
        }
        let error = pick(&parsed, &["!10.0.0.0/x"]).unwrap_err();
        let expected =
            r#"failed to parse subnet "!10.0.0.0/x": netip.ParsePrefix("10.0.0.0/x"): bad bits after slash: "x""#;
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn what_is_wrong_is_said_in_the_known_words() {
        for (text, expected) in [
            ("10.0.0.1", r#"netip.ParsePrefix("10.0.0.1"): no '/'"#),
            ("x/8", r#"netip.ParsePrefix("x/8"): ParseAddr("x"): unable to parse IP"#),
            ("10.0.0/8", r#"netip.ParsePrefix("10.0.0/8"): ParseAddr("10.0.0"): IPv4 address too short"#),
            ("fe80::1%a/64", r#"netip.ParsePrefix("fe80::1%a/64"): IPv6 zones cannot be present in a prefix"#),
            ("10.0.0.0/08", r#"netip.ParsePrefix("10.0.0.0/08"): bad bits after slash: "08""#),
            ("10.0.0.0/+8", r#"netip.ParsePrefix("10.0.0.0/+8"): bad bits after slash: "+8""#),
            ("10.0.0.0/", r#"netip.ParsePrefix("10.0.0.0/"): bad bits after slash: """#),
            ("10.0.0.0/33", r#"netip.ParsePrefix("10.0.0.0/33"): prefix length out of range"#),
            ("::/129", r#"netip.ParsePrefix("::/129"): prefix length out of range"#),
        ] {
            assert_eq!(parse_network(text).unwrap_err().to_string(), expected);
        }
        for (text, expected) in [("10.0.0.1", "10.0.0.1/32"), ("fd00::1", "fd00::1/128"), ("10.0.0.1/8", "10.0.0.1/8")]
        {
            assert_eq!(parse_address_or_network(text).unwrap().to_string(), expected);
        }
        let error = parse_address_or_network("x").unwrap_err();
        assert_eq!(error.to_string(), "ParseAddr(\"x\"): unable to parse IP");
    }
}
