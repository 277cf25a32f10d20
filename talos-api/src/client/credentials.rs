//! What a context of the client file says about trust and identity.

use std::fmt;

use talos_pki::base64;
use zeroize::Zeroizing;

/// One context of the client file, as a client needs it.
///
/// ```
/// use talos_api::client::Context;
/// use talos_config::talosconfig::Talosconfig;
/// use talos_config_yaml::source::Source;
///
/// let file = "context: lab\ncontexts:\n    lab:\n        endpoints: [10.5.0.2]\n        nodes: [10.5.0.3]\n";
/// let file = Talosconfig::from_yaml(&Source::new("talosconfig", file)).unwrap();
/// let context = Context::from(file.resolve(None).unwrap());
/// assert_eq!(context.endpoints, ["10.5.0.2"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Whom to dial: hosts, `host:port`, or URLs.
    pub endpoints: Vec<String>,
    /// Whom to talk to when the caller names nobody.
    pub nodes: Vec<String>,
    /// Name of the cluster, sent along for front ends that serve several.
    pub cluster: Option<String>,
    /// Trust and identity.
    pub credentials: Credentials,
}

impl From<&talos_config::talosconfig::Context> for Context {
    fn from(context: &talos_config::talosconfig::Context) -> Self {
        let basic = context.auth.basic.as_ref().map(|basic| BasicAuth {
            username: basic.username.clone(),
            password: Zeroizing::new(basic.password.clone()),
        });
        Self {
            endpoints: context.endpoints.clone(),
            nodes: context.nodes.clone(),
            cluster: (!context.cluster.is_empty()).then(|| context.cluster.clone()),
            credentials: Credentials {
                ca: context.ca.clone(),
                crt: context.crt.clone(),
                key: Zeroizing::new(context.key.clone()),
                basic,
            },
        }
    }
}

/// Trust and identity, each in base64 of PEM as the client file holds them. Empty means absent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Certificate of the authority that signed the nodes' certificates. Absent: see
    /// [`ClientBuilder::roots`](super::ClientBuilder::roots).
    pub ca: String,
    /// The client's certificate.
    pub crt: String,
    /// The client's private key.
    pub key: Zeroizing<String>,
    /// User and password for front ends that ask for them.
    pub basic: Option<BasicAuth>,
}

/// User and password.
#[derive(Clone, PartialEq, Eq)]
pub struct BasicAuth {
    /// User name.
    pub username: String,
    /// Password.
    pub password: Zeroizing<String>,
}

impl BasicAuth {
    /// The value of the `authorization` header.
    pub(crate) fn header(&self) -> Zeroizing<String> {
        let plain = Zeroizing::new(format!("{}:{}", self.username, self.password.as_str()));
        Zeroizing::new(format!("Basic {}", base64::encode(plain.as_bytes())))
    }
}

impl fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuth").field("username", &self.username).finish_non_exhaustive()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("ca", &!self.ca.is_empty())
            .field("crt", &!self.crt.is_empty())
            .field("key", &!self.key.is_empty())
            .field("basic", &self.basic)
            .finish()
    }
}

/// Why credentials cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The authority's certificate is not base64.
    #[error("failed to get CA: error decoding CA: {0}")]
    AuthorityEncoding(base64::Error),
    /// There is no certificate in the authority's PEM.
    #[error("failed to append CA certificate to RootCAs pool")]
    Authority,
    /// The client's certificate is not base64.
    #[error("failed to acquire credentials: error decoding certificate: {0}")]
    CertificateEncoding(base64::Error),
    /// The client's key is not base64.
    #[error("failed to acquire credentials: error decoding key: {0}")]
    KeyEncoding(base64::Error),
    /// Certificate and key are not PEM, not of a known kind, or not of one pair.
    #[error("failed to acquire credentials: could not load client key pair: tls: {0}")]
    KeyPair(String),
}

/// The parts of decoded credentials.
pub(crate) struct Decoded {
    /// PEM of the authority; `None` when absent.
    pub(crate) ca: Option<Vec<u8>>,
    /// PEM of certificate and key; `None` when both are absent.
    pub(crate) pair: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
}

impl Credentials {
    pub(crate) fn decode(&self) -> Result<Decoded, CredentialsError> {
        let ca = base64::decode(&self.ca).map_err(CredentialsError::AuthorityEncoding)?;
        let pair = if self.crt.is_empty() && self.key.is_empty() {
            None
        } else {
            let crt = base64::decode(&self.crt).map_err(CredentialsError::CertificateEncoding)?;
            let key = base64::decode(self.key.as_str()).map_err(CredentialsError::KeyEncoding)?;
            Some((crt, Zeroizing::new(key)))
        };
        Ok(Decoded { ca: (!ca.is_empty()).then_some(ca), pair })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_cannot_be_decoded() {
        let failure = |credentials: Credentials| credentials.decode().err().unwrap().to_string();
        assert_eq!(
            failure(Credentials { ca: "*".into(), ..Default::default() }),
            "failed to get CA: error decoding CA: illegal base64 data at input byte 0"
        );
        assert_eq!(
            failure(Credentials { crt: "ab*d".into(), ..Default::default() }),
            "failed to acquire credentials: error decoding certificate: illegal base64 data at input byte 2"
        );
        assert_eq!(
            failure(Credentials { key: Zeroizing::new("ab*d".into()), ..Default::default() }),
            "failed to acquire credentials: error decoding key: illegal base64 data at input byte 2"
        );
    }

    #[test]
    fn shows_no_secrets() {
        let basic = BasicAuth { username: "ann".into(), password: Zeroizing::new("hunter2".into()) };
        let credentials =
            Credentials { key: Zeroizing::new("c2VjcmV0".into()), basic: Some(basic), ..Default::default() };
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("c2VjcmV0") && !shown.contains("hunter2"), "{shown}");
        assert_eq!(credentials.basic.unwrap().header().as_str(), "Basic YW5uOmh1bnRlcjI=");
    }
}
