//! The check of an address in brackets.

use std::fmt;

use talos_config_yaml::decode::go_quote;

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpError {
    /// The whole address.
    pub address: String,
    /// What is wrong.
    pub problem: &'static str,
    /// The rest of the address from the fault on; empty if the fault has no place.
    pub at: String,
}

impl fmt::Display for IpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParseAddr({}): {}", go_quote(&self.address), self.problem)?;
        if !self.at.is_empty() {
            write!(f, " (at {})", go_quote(&self.at))?;
        }
        Ok(())
    }
}

impl std::error::Error for IpError {}

type Fault<'a> = (&'static str, &'a str);

/// Checks an address, IPv6 with an optional zone; whether it is one of IPv6.
///
/// # Errors
/// [`IpError`] in the words of the original when it is no address.
pub fn is_ipv6(address: &str) -> Result<bool, IpError> {
    let first = address.find(['.', ':', '%']).map(|at| address.as_bytes()[at]);
    let checked = match first {
        Some(b'.') => check_ipv4(address).map(|()| false),
        Some(b':') => check_ipv6(address).map(|()| true),
        Some(_) => Err(("missing IPv6 address", "")),
        None => Err(("unable to parse IP", "")),
    };
    checked.map_err(|(problem, at)| IpError { address: address.to_owned(), problem, at: at.to_owned() })
}

fn check_ipv6(address: &str) -> Result<(), Fault<'_>> {
    let mut rest = address;
    if let Some((before, zone)) = address.split_once('%') {
        rest = before;
        if zone.is_empty() {
            return Err(("zone must be a non-empty string", ""));
        }
    }
    let mut shortened = false;
    if let Some(after) = rest.strip_prefix("::") {
        shortened = true;
        rest = after;
        if rest.is_empty() {
            return Ok(());
        }
    }
    let mut groups = 0;
    while groups < GROUPS {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        if digits > 4 {
            return Err(("each group must have 4 or less digits", rest));
        }
        if digits == 0 {
            return Err(("each colon-separated field must have at least one digit", rest));
        }
        if rest[digits..].starts_with('.') {
            if !shortened && groups != GROUPS - 2 {
                return Err(("embedded IPv4 address must replace the final 2 fields of the address", rest));
            }
            if groups + 2 > GROUPS {
                return Err(("too many hex fields to fit an embedded IPv4 at the end of the address", rest));
            }
            check_ipv4(rest)?;
            groups += 2;
            rest = "";
            break;
        }
        groups += 1;
        rest = &rest[digits..];
        if rest.is_empty() {
            break;
        }
        let Some(after) = rest.strip_prefix(':') else { return Err(("unexpected character, want colon", rest)) };
        if after.is_empty() {
            return Err(("colon must be followed by more characters", rest));
        }
        rest = after;
        if let Some(after) = rest.strip_prefix(':') {
            if shortened {
                return Err(("multiple :: in address", rest));
            }
            shortened = true;
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
    }
    match (rest, groups < GROUPS, shortened) {
        ("", true, false) => Err(("address string too short", "")),
        ("", false, true) => Err(("the :: must expand to at least one field of zeros", "")),
        ("", ..) => Ok(()),
        _ => Err(("trailing garbage after address", rest)),
    }
}

fn check_ipv4(address: &str) -> Result<(), Fault<'_>> {
    let bytes = address.as_bytes();
    let (mut octet, mut digits, mut dots) = (0_u32, 0, 0);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                if digits == 1 && octet == 0 {
                    return Err(("IPv4 field has octet with leading zero", ""));
                }
                octet = octet * 10 + u32::from(byte - b'0');
                digits += 1;
                if octet > 255 {
                    return Err(("IPv4 field has value >255", ""));
                }
            }
            b'.' => {
                if digits == 0 || at + 1 == bytes.len() {
                    return Err(("IPv4 field must have at least one digit", &address[at..]));
                }
                if dots == 3 {
                    return Err(("IPv4 address too long", ""));
                }
                dots += 1;
                (octet, digits) = (0, 0);
            }
            _ => return Err(("unexpected character", &address[at..])),
        }
    }
    if dots < 3 { Err(("IPv4 address too short", "")) } else { Ok(()) }
}

/// Groups of 16 bits in an address.
const GROUPS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        for address in
            ["::", "::1", "fd00::1%eth0", "1:2:3:4:5:6:7:8", "1::8", "1:2:3:4:5:6:7::", "::ffff:1.2.3.4", "A::%a%b"]
        {
            assert_eq!(is_ipv6(address), Ok(true), "{address}");
        }
        assert_eq!(is_ipv6("10.0.0.1"), Ok(false));
    }

    #[test]
    fn faults_are_named() {
        for (address, error) in [
            ("cp", "unable to parse IP"),
            ("", "unable to parse IP"),
            ("%eth0", "missing IPv6 address"),
            ("::1%", "zone must be a non-empty string"),
            ("12345::", "each group must have 4 or less digits (at \"12345::\")"),
            ("::g", "each colon-separated field must have at least one digit (at \"g\")"),
            (":1", "each colon-separated field must have at least one digit (at \":1\")"),
            ("1:", "colon must be followed by more characters (at \":\")"),
            ("1:2x", "unexpected character, want colon (at \"x\")"),
            ("1::2::3", "multiple :: in address (at \":3\")"),
            ("1:2", "address string too short"),
            ("1:2:3:4:5:6:7:8:9", "trailing garbage after address (at \"9\")"),
            ("1:2:3:4::5:6:7:8", "the :: must expand to at least one field of zeros"),
            ("1:1.2.3.4", "embedded IPv4 address must replace the final 2 fields of the address (at \"1.2.3.4\")"),
            (
                "::1:2:3:4:5:6:7:1.2.3.4",
                "too many hex fields to fit an embedded IPv4 at the end of the address (at \"1.2.3.4\")",
            ),
            ("::1.2.3", "IPv4 address too short"),
            ("::1.2.3.4.5", "IPv4 address too long"),
            ("::1..2.3", "IPv4 field must have at least one digit (at \".2.3\")"),
            ("1.2.3.", "IPv4 field must have at least one digit (at \".\")"),
            ("1.2.3.256", "IPv4 field has value >255"),
            ("1.2.3.01", "IPv4 field has octet with leading zero"),
            ("1.2.3.x", "unexpected character (at \"x\")"),
        ] {
            let found = is_ipv6(address).unwrap_err().to_string();
            assert_eq!(found, format!("ParseAddr({address:?}): {error}"));
        }
    }
}
