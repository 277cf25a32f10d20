//! IP addresses and networks.

use std::net::{IpAddr, Ipv6Addr};

use talos_config_yaml::decode::go_quote;

/// Why a text is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The text has a slash, but is not a network.
    #[error("invalid CIDR address: {0}")]
    Cidr(String),
    /// The text has no slash and is not an address.
    #[error("failed to parse IP address {}", go_quote(.0))]
    Address(String),
}

/// An address without a zone.
pub(crate) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// An address with the length of its network's prefix: `10.0.0.1/8`.
pub(crate) fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    is_number(length) && fits(address, length)
}

/// An address, alone or with the length of its network's prefix.
pub(crate) fn check_address_or_cidr(text: &str) -> Result<(), Error> {
    if text.contains('/') {
        return if is_cidr(text) { Ok(()) } else { Err(Error::Cidr(text.to_owned())) };
    }
    if is_address(text) { Ok(()) } else { Err(Error::Address(text.to_owned())) }
}

/// A network without a zone, or one address, which may have a zone. The number of a network may not begin with a zero.
pub(crate) fn is_subnet_or_address(text: &str) -> bool {
    let is_network = text.rsplit_once('/').is_some_and(|(address, length)| {
        is_number(length) && (length == "0" || !length.starts_with('0')) && fits(address, length)
    });
    is_network || is_address(text) || is_address_with_zone(text)
}

/// A leading exclamation mark takes a network out of a list of networks.
pub(crate) fn without_negation(text: &str) -> &str {
    text.strip_prefix('!').unwrap_or(text)
}

/// Anything is a zone, a slash and what follows it too.
fn is_address_with_zone(text: &str) -> bool {
    text.split_once('%').is_some_and(|(address, zone)| !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok())
}

/// `parse` would take a plus sign.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn fits(address: &str, length: &str) -> bool {
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    // A number with too many digits for the type is too long for an address, too.
    length.parse::<u32>().is_ok_and(|length| length <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_no_zone_and_no_leading_zeros() {
        for good in ["10.0.0.1", "::", "fd00::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7::"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "10.0.0", "10.0.0.01", "10.0.0.256", "fe80::1%eth0", "[::1]", "10.0.0.1/8", "1:2:3:4:5:6:7:8::"]
        {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn networks_take_leading_zeros_in_the_length() {
        for good in ["10.0.0.1/8", "10.0.0.0/08", "::/0", "::ffff:1.2.3.4/128"] {
            assert!(is_cidr(good), "{good}");
        }
        for bad in [
            "10.0.0.1",
            "10.0.0.1/",
            "10.0.0.1/33",
            "10.0.0.1/+8",
            "10.0.0.1/8/8",
            "fe80::1%a/64",
            "::/129",
            "1.2.3.4/99999999999",
        ] {
            assert!(!is_cidr(bad), "{bad}");
        }
    }

    #[test]
    fn subnets_are_stricter_about_the_length_and_laxer_about_zones() {
        for good in ["10.0.0.0/8", "10.0.0.1", "::/0", "fe80::1%eth0", "0.0.0.0/0", "fe80::1%eth0/64"] {
            assert!(is_subnet_or_address(good), "{good}");
        }
        for bad in ["", "x", "10.0.0.0/08", "10.0.0.0/", "10.0.0.0/+8", "fe80::1%", "1.2.3.4%a", "!10.0.0.0/8"] {
            assert!(!is_subnet_or_address(bad), "{bad}");
        }
    }

    #[test]
    fn the_slash_decides_which_error_is_reported() {
        assert_eq!(check_address_or_cidr("a/b").unwrap_err().to_string(), "invalid CIDR address: a/b");
        assert_eq!(check_address_or_cidr("a").unwrap_err().to_string(), "failed to parse IP address \"a\"");
        assert_eq!(check_address_or_cidr("10.0.0.1/8"), Ok(()));
        assert_eq!(check_address_or_cidr("::1"), Ok(()));
    }

    #[test]
    fn only_the_first_exclamation_mark_is_the_negation() {
        assert_eq!(without_negation("!!10.0.0.0/8"), "!10.0.0.0/8");
        assert_eq!(without_negation("10.0.0.0/8"), "10.0.0.0/8");
    }
}
