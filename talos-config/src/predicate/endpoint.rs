//! URLs of servers.

use crate::value::url::{ParseError, Url};

/// Why a text is not the URL of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not a URL.
    #[error(transparent)]
    Url(#[from] ParseError),
    /// A host with many colons does not stand in brackets.
    #[error("IPv6 addresses MUST be enclosed by square brackets")]
    WithoutBrackets,
    /// There is no host.
    #[error("hostname must not be blank")]
    BlankHost,
    /// The port has too many digits.
    #[error("port number must be numeric")]
    PortNotNumeric,
    /// There is no such port.
    #[error("port number must be between 1 and 65535")]
    PortOutOfRange,
}

/// Most colons of a host that need not be an IPv6 address.
const MOST_COLONS: usize = 2;

/// A URL with a host. Scheme, path and user may be anything, the port as well if it exists.
pub(crate) fn check(text: &str) -> Result<(), Error> {
    let url: Url = text.parse()?;
    let host = url.host();
    if host.matches(':').count() > MOST_COLONS && !(host.contains('[') && host.contains(']')) {
        return Err(Error::WithoutBrackets);
    }
    if url.hostname().is_empty() {
        return Err(Error::BlankHost);
    }
    match &*url.port() {
        "" => Ok(()),
        port => match port.parse::<i64>() {
            Err(_) => Err(Error::PortNotNumeric),
            Ok(1..=65535) => Ok(()),
            Ok(_) => Err(Error::PortOutOfRange),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_all_that_is_needed() {
        for good in ["https://a", "//a", "x://u:p@a:00443/p?q#f", "https://[::1]:6443", "https://1::2", "https://a:"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn each_fault_has_its_text() {
        for (text, expected) in [
            ("", "hostname must not be blank"),
            ("10.0.0.1", "hostname must not be blank"),
            ("cp.example.org:6443", "hostname must not be blank"),
            ("https://", "hostname must not be blank"),
            ("https://:443", "hostname must not be blank"),
            ("https://fd00::1:6443", "IPv6 addresses MUST be enclosed by square brackets"),
            ("https://a:0", "port number must be between 1 and 65535"),
            ("https://a:65536", "port number must be between 1 and 65535"),
            ("https://a:99999999999999999999", "port number must be numeric"),
            ("https://a:b", "parse \"https://a:b\": invalid port \":b\" after host"),
            ("%zz", "parse \"%zz\": invalid URL escape \"%zz\""),
        ] {
            assert_eq!(check(text).unwrap_err().to_string(), expected, "{text}");
        }
    }
}
