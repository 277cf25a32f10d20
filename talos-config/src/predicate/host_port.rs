//! `host:port`.

use std::net::IpAddr;

/// Why a text does not split into host and port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", Prefix(.address))]
pub(crate) struct Error {
    /// The text.
    address: String,
    /// What is wrong.
    reason: Reason,
}

/// What is wrong with a `host:port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    /// No colon follows the host.
    #[error("missing port in address")]
    MissingPort,
    /// The host has colons and does not stand in brackets.
    #[error("too many colons in address")]
    TooManyColons,
    /// A bracket is not closed.
    #[error("missing ']' in address")]
    Unclosed,
    /// A bracket opens inside the host or port.
    #[error("unexpected '[' in address")]
    UnexpectedOpening,
    /// A bracket closes that was not opened.
    #[error("unexpected ']' in address")]
    UnexpectedClosing,
}

/// An empty text is not named.
struct Prefix<'a>(&'a str);

impl std::fmt::Display for Prefix<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "address {}: ", self.0) }
    }
}

/// Splits at the last colon. A host that has colons itself stands in brackets; they are taken off. Both may be empty.
pub(crate) fn split(text: &str) -> Result<(&str, &str), Error> {
    split_or_reason(text).map_err(|reason| Error { address: text.to_owned(), reason })
}

/// Whether a text is a host and a port, where a host with colons has to be an IPv6 address. The port may be anything.
pub(crate) fn is_host_port(text: &str) -> bool {
    let Ok((host, _)) = split_or_reason(text) else { return false };
    if !host.contains(':') {
        return true;
    }
    match host.split_once('%') {
        Some((host, zone)) => !zone.is_empty() && host.parse::<IpAddr>().is_ok(),
        None => host.parse::<IpAddr>().is_ok(),
    }
}

fn split_or_reason(text: &str) -> Result<(&str, &str), Reason> {
    let (before, port) = text.rsplit_once(':').ok_or(Reason::MissingPort)?;
    let Some(bracketed) = text.strip_prefix('[') else {
        return match before {
            host if host.contains(':') => Err(Reason::TooManyColons),
            _ if text.contains('[') => Err(Reason::UnexpectedOpening),
            _ if text.contains(']') => Err(Reason::UnexpectedClosing),
            host => Ok((host, port)),
        };
    };
    let (host, rest) = bracketed.split_once(']').ok_or(Reason::Unclosed)?;
    match rest.strip_prefix(':') {
        None => Err(Reason::MissingPort),
        Some(rest) if rest.len() != port.len() => Err(Reason::TooManyColons),
        Some(_) if bracketed.contains('[') => Err(Reason::UnexpectedOpening),
        Some(_) if port.contains(']') => Err(Reason::UnexpectedClosing),
        Some(_) => Ok((host, port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_colon_divides() {
        assert_eq!(split("host:1"), Ok(("host", "1")));
        assert_eq!(split("[fd00::1]:8080"), Ok(("fd00::1", "8080")));
        assert_eq!(split(":"), Ok(("", "")));
        assert_eq!(split("[]:"), Ok(("", "")));
    }

    #[test]
    fn each_fault_has_its_text() {
        for (text, expected) in [
            ("", "missing port in address"),
            ("x", "address x: missing port in address"),
            ("[::1]", "address [::1]: missing port in address"),
            ("[::1]x:1", "address [::1]x:1: missing port in address"),
            ("fd00::1:80", "address fd00::1:80: too many colons in address"),
            ("[::1]:1:2", "address [::1]:1:2: too many colons in address"),
            ("[::1:80", "address [::1:80: missing ']' in address"),
            ("a[b:1", "address a[b:1: unexpected '[' in address"),
            ("[a[b]:1", "address [a[b]:1: unexpected '[' in address"),
            ("a]b:1", "address a]b:1: unexpected ']' in address"),
            ("[a]:1]", "address [a]:1]: unexpected ']' in address"),
        ] {
            assert_eq!(split(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_host_with_colons_has_to_be_an_address() {
        for good in ["host:port", "10.0.0.1:51820", "[::1]:1", "[fe80::1%eth0]:1", ":1", "300.0.0.1:1"] {
            assert!(is_host_port(good), "{good}");
        }
        for bad in ["host", "", "::1", "[x:y]:1", "[fe80::1%]:1"] {
            assert!(!is_host_port(bad), "{bad}");
        }
    }
}
