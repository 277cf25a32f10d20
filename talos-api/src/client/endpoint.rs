//! Whom to dial: the forms an endpoint may have.

use std::fmt;
use std::path::PathBuf;

use http::uri::Authority;

/// Port that nodes listen on.
pub const DEFAULT_PORT: u16 = 50000;

/// An address to dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// A host and a port; the port is text because a bad one is reported when it is dialled.
    Network { host: String, port: String },
    /// A local socket, without TLS.
    Socket(PathBuf),
}

impl Endpoint {
    /// Reads an endpoint as users write it: a host, `host:port`, an IPv6 address with or without brackets, or a URL.
    pub(crate) fn parse(text: &str) -> Self {
        let reduced = reduce(text.trim());
        let (host, port) = split(&reduced).unwrap_or((strip_brackets(&reduced), None));
        Endpoint::Network { host: host.to_owned(), port: port.map_or_else(|| DEFAULT_PORT.to_string(), str::to_owned) }
    }

    /// What requests carry as `:authority`.
    pub(crate) fn authority(&self) -> Authority {
        let text = match self {
            Endpoint::Network { .. } => self.to_string(),
            Endpoint::Socket(_) => "localhost".to_owned(),
        };
        Authority::try_from(text).unwrap_or_else(|_| Authority::from_static("invalid"))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Network { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Endpoint::Network { host, port } => write!(f, "{host}:{port}"),
            Endpoint::Socket(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A URL becomes `host`, or `host:port`; everything else stays.
fn reduce(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    if scheme.is_empty() || !scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')) {
        return text.to_owned();
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match split(host) {
        Some((_, Some(_))) => host.to_owned(),
        _ if scheme.eq_ignore_ascii_case("https") => format!("{host}:443"),
        _ => host.to_owned(),
    }
}

/// Host and port; `None` when the text is a bare IPv6 address.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(inner) = text.strip_prefix('[') {
        let (host, rest) = inner.split_once(']')?;
        return Some((host, rest.strip_prefix(':')));
    }
    match text.split_once(':') {
        Some((_, rest)) if rest.contains(':') => None,
        Some((host, port)) => Some((host, Some(port))),
        None => Some((text, None)),
    }
}

fn strip_brackets(text: &str) -> &str {
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_every_form() {
        for (text, wanted) in [
            ("10.5.0.2", "10.5.0.2:50000"),
            ("10.5.0.2:890", "10.5.0.2:890"),
            ("localhost:890", "localhost:890"),
            ("cp.example.org", "cp.example.org:50000"),
            ("2001:db8::1", "[2001:db8::1]:50000"),
            ("[2001:db8::1]", "[2001:db8::1]:50000"),
            ("[2001:db8::1]:1", "[2001:db8::1]:1"),
            ("https://example.org", "example.org:443"),
            ("https://example.org/path", "example.org:443"),
            ("https://example.org:6443", "example.org:6443"),
            ("https://[2001:db8::1]", "[2001:db8::1]:443"),
            ("https://127.0.0.1:50000", "127.0.0.1:50000"),
            ("grpc://example.org", "example.org:50000"),
            ("grpc://example.org:1", "example.org:1"),
            (" 10.5.0.2 ", "10.5.0.2:50000"),
        ] {
            assert_eq!(Endpoint::parse(text).to_string(), wanted, "{text}");
        }
    }

    #[test]
    fn a_bad_name_still_has_an_authority() {
        assert_eq!(Endpoint::parse("a b").authority().as_str(), "invalid");
    }
}
