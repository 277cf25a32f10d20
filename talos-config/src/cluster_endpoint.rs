//! The URL under which all machines of a cluster reach the Kubernetes API.

use crate::constants::CONTROL_PLANE_PORT;
pub use crate::predicate::endpoint::Error as Invalid;
use crate::value::url::{ParseError, Url};
use talos_config_yaml::decode::go_quote;

/// Why a text is not an endpoint. Three of them end with a line that says what could have been meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not a URL.
    #[error("failed to parse the cluster endpoint URL")]
    Parse(#[source] ParseError),
    /// There is a host at most.
    #[error("no scheme and port specified for the cluster endpoint URL\ntry: {}", go_quote(.0))]
    NoSchemeAndPort(
        /// What could have been meant.
        String,
    ),
    /// There is a host with a port.
    #[error("no scheme specified for the cluster endpoint URL\ntry: {}", go_quote(.0))]
    NoScheme(
        /// What could have been meant.
        String,
    ),
    /// Machines use HTTPS only.
    #[error("the control plane endpoint URL should have scheme https://\ntry: {}", go_quote(.0))]
    NotHttps(
        /// What could have been meant.
        String,
    ),
    /// The host or the port is not usable.
    #[error("error validating the cluster endpoint URL")]
    Invalid(#[source] Invalid),
}

/// Checks an endpoint before a cluster is generated.
///
/// ```
/// use talos_config::cluster_endpoint::check;
///
/// assert!(check("https://10.5.0.2:6443").is_ok());
/// let error = check("10.5.0.2").unwrap_err();
/// assert!(error.to_string().ends_with("try: \"https://10.5.0.2:6443\""));
/// ```
///
/// # Errors
/// When it is not an `https` URL with a usable host, and port if there is one.
pub fn check(endpoint: &str) -> Result<(), Error> {
    let url: Url = match endpoint.parse() {
        Ok(url) => url,
        // Host and port without a scheme are not a URL.
        Err(_) if !endpoint.contains('/') => Url::of_host(endpoint),
        Err(error) => return Err(Error::Parse(error)),
    };
    if url.scheme() == "https" {
        return crate::predicate::endpoint::check(endpoint).map_err(Error::Invalid);
    }
    let refusal = match (url.scheme(), &*url.port()) {
        ("", "") => Error::NoSchemeAndPort,
        ("", _) => Error::NoScheme,
        _ => Error::NotHttps,
    };
    Err(refusal(url.into_https(CONTROL_PLANE_PORT).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole text, as a command shows it.
    fn text(endpoint: &str) -> String {
        let error = check(endpoint).unwrap_err();
        match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        }
    }

    #[test]
    fn a_url_may_have_more_than_a_host() {
        for endpoint in [
            "https://[fd00::10]:6443",
            "https://cp.example",
            "https://cp.example:6443/a b?x=1&y=%20z#frag",
            "HTTPS://CP.Example:06443",
            "https://user:pw@cp.example:6443",
        ] {
            assert_eq!(check(endpoint), Ok(()), "{endpoint}");
        }
    }

    #[test]
    fn refusals_say_what_could_have_been_meant() {
        for (endpoint, reason, meant) in [
            ("", "no scheme and port specified for the cluster endpoint URL", "https://:6443"),
            ("cp.example", "no scheme and port specified for the cluster endpoint URL", "https://cp.example:6443"),
            ("a/b", "no scheme and port specified for the cluster endpoint URL", "https://a%2Fb:6443"),
            ("1.2.3.4:6443", "no scheme specified for the cluster endpoint URL", "https://1.2.3.4:6443"),
            ("2001:db8::1", "no scheme specified for the cluster endpoint URL", "https://2001:db8::1"),
            ("http://cp", "the control plane endpoint URL should have scheme https://", "https://cp:6443"),
            ("http://a:1/b?c", "the control plane endpoint URL should have scheme https://", "https://a:1/b?c"),
            ("cp.example:6443", "the control plane endpoint URL should have scheme https://", "https:6443"),
        ] {
            assert_eq!(text(endpoint), format!("{reason}\ntry: \"{meant}\""), "{endpoint}");
        }
    }

    #[test]
    fn other_refusals_name_the_fault() {
        for (endpoint, expected) in [
            (
                "https://a\tb",
                r#"failed to parse the cluster endpoint URL: parse "https://a\tb": net/url: invalid control character in URL"#,
            ),
            (
                "https://a/%zz",
                r#"failed to parse the cluster endpoint URL: parse "https://a/%zz": invalid URL escape "%zz""#,
            ),
            (
                "https://a:b",
                r#"failed to parse the cluster endpoint URL: parse "https://a:b": invalid port ":b" after host"#,
            ),
            ("https://", "error validating the cluster endpoint URL: hostname must not be blank"),
            (
                "https://2001:db8::1:6443",
                "error validating the cluster endpoint URL: IPv6 addresses MUST be enclosed by square brackets",
            ),
            ("https://a:70000", "error validating the cluster endpoint URL: port number must be between 1 and 65535"),
        ] {
            assert_eq!(text(endpoint), expected, "{endpoint}");
        }
    }
}
