//! Whom to talk to and who one is, from a kubeconfig or from parts.

use std::fmt;
use std::time::Duration;

use talos_config_yaml::decode::Decoder;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Options, Tree};
use talos_config_yaml::value::Value;
use talos_pki::base64;
use zeroize::Zeroizing;

use super::TIMEOUT;

/// Port that kube-apiserver listens on.
const PORT: u16 = 6443;

/// Whom to talk to and who one is.
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    /// `https://HOST[:PORT][/PREFIX]`; the port is 443 when absent.
    pub server: String,
    /// Whom to believe about the server: certificates in PEM.
    pub certificate_authority: Vec<u8>,
    /// Believe everybody instead.
    pub insecure_skip_tls_verify: bool,
    /// Who one is: a certificate in PEM, with [`client_key`](Self::client_key); empty when absent.
    pub client_certificate: Vec<u8>,
    /// The private key in PEM: PKCS#8 (also under the label of Go's Ed25519 keys), SEC 1 or PKCS#1.
    pub client_key: Zeroizing<Vec<u8>>,
    /// Who one is: a bearer token; empty when absent.
    pub token: Zeroizing<String>,
    /// How long one call may take.
    pub timeout: Duration,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The kubeconfig is not YAML.
    #[error("the kubeconfig cannot be read: {0}")]
    Syntax(String),
    /// The kubeconfig lacks something.
    #[error("the kubeconfig has no {0}")]
    Missing(String),
    /// A field is not base64.
    #[error("{field} of the kubeconfig: {reason}")]
    Encoding {
        /// Name of the field.
        field: &'static str,
        /// What is wrong with it.
        reason: base64::Error,
    },
    /// The kubeconfig names credentials that this client cannot use.
    #[error(
        "the kubeconfig uses {0}, give certificate-authority-data, client-certificate-data, client-key-data or token"
    )]
    Unsupported(&'static str),
    /// The server is no `https://HOST[:PORT]`.
    #[error("{server:?} is no address of a server: {reason}")]
    Server {
        /// The address.
        server: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is no certificate to believe.
    #[error("unable to load root certificates: unable to parse bytes as PEM block")]
    Authority,
    /// Certificate and key are not PEM, not of a known kind, or not of one pair.
    #[error("tls: {0}")]
    KeyPair(String),
    /// The token has characters that no header can carry.
    #[error("the token holds characters that cannot be sent")]
    Token,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: String::new(),
            certificate_authority: Vec::new(),
            insecure_skip_tls_verify: false,
            client_certificate: Vec::new(),
            client_key: Zeroizing::default(),
            token: Zeroizing::default(),
            timeout: TIMEOUT,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("server", &self.server)
            .field("certificate_authority", &!self.certificate_authority.is_empty())
            .field("insecure_skip_tls_verify", &self.insecure_skip_tls_verify)
            .field("client_certificate", &!self.client_certificate.is_empty())
            .field("client_key", &!self.client_key.is_empty())
            .field("token", &!self.token.is_empty())
            .field("timeout", &self.timeout)
            .finish()
    }
}

impl Config {
    /// Takes the current context of a kubeconfig. Files that it names are not read: what they hold must stand in it.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be read, lacks something, or uses credentials other than those of [`Config`].
    pub fn from_kubeconfig(text: &[u8]) -> Result<Self, ConfigError> {
        let root = parse(text)?;
        let current = text_of(&root, "current-context");
        if current.is_empty() {
            return Err(ConfigError::Missing("current-context".into()));
        }
        let context = named(&root, "contexts", "context", current)?;
        let cluster = named(&root, "clusters", "cluster", text_of(context, "cluster"))?;
        let user = named(&root, "users", "user", text_of(context, "user"))?;
        refuse(cluster, &["certificate-authority", "proxy-url", "tls-server-name"])?;
        refuse(
            user,
            &["client-certificate", "client-key", "tokenFile", "username", "exec", "auth-provider", "as", "act-as"],
        )?;
        Ok(Self {
            server: text_of(cluster, "server").to_owned(),
            certificate_authority: data(cluster, "certificate-authority-data")?,
            insecure_skip_tls_verify: cluster.get("insecure-skip-tls-verify") == Some(&Value::Bool(true)),
            client_certificate: data(user, "client-certificate-data")?,
            client_key: Zeroizing::new(data(user, "client-key-data")?),
            token: Zeroizing::new(text_of(user, "token").to_owned()),
            timeout: TIMEOUT,
        })
    }

    /// The same for the server at another host, at the usual port.
    #[must_use]
    pub fn at_host(self, host: &str) -> Self {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let host = if bare.contains(':') { format!("[{bare}]") } else { host.to_owned() };
        Self { server: format!("https://{host}:{PORT}"), ..self }
    }
}

fn parse(text: &[u8]) -> Result<Value, ConfigError> {
    let source = Source::new("kubeconfig", text);
    let (tree, error) = Tree::parse(&source, Options::default());
    if let Some(error) = error {
        return Err(ConfigError::Syntax(error.to_string()));
    }
    let root = tree.documents().first().and_then(|document| tree.root(*document));
    let root = root.ok_or_else(|| ConfigError::Missing("content".into()))?;
    let mut decoder = Decoder::new(&tree);
    let value = decoder.value(root);
    match decoder.finish().go_text(&tree) {
        Some(text) => Err(ConfigError::Syntax(text)),
        None => Ok(value.unwrap_or_default()),
    }
}

/// The content of the entry of that name in a list.
fn named<'v>(root: &'v Value, list: &str, content: &str, name: &str) -> Result<&'v Value, ConfigError> {
    let entries = root.get(list).and_then(Value::as_sequence).unwrap_or_default();
    let entry = entries.iter().find(|entry| text_of(entry, "name") == name);
    entry.and_then(|entry| entry.get(content)).ok_or_else(|| ConfigError::Missing(format!("{content} {name:?}")))
}

fn text_of<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn data(value: &Value, field: &'static str) -> Result<Vec<u8>, ConfigError> {
    base64::decode(text_of(value, field)).map_err(|reason| ConfigError::Encoding { field, reason })
}

/// Refuses fields that would be ignored otherwise.
fn refuse(value: &Value, fields: &[&'static str]) -> Result<(), ConfigError> {
    let is_set =
        |field: &str| value.get(field).is_some_and(|value| *value != Value::Null && value.as_str() != Some(""));
    match fields.iter().find(|field| is_set(field)) {
        Some(field) => Err(ConfigError::Unsupported(field)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: lab\n  cluster:\n    server: https://10.5.0.1:6443\n    \
             certificate-authority-data: YWJj\nusers:\n- name: admin@lab\n  user: {user}\ncontexts:\n- name: other\n  \
             context: {{cluster: x, user: y}}\n- name: admin@lab\n  context: {{cluster: lab, user: admin@lab}}\n\
             current-context: admin@lab\n"
        )
    }

    #[test]
    fn reads_the_current_context() {
        let text = kubeconfig("{client-certificate-data: Y3J0, client-key-data: a2V5, token: hunter2}");
        let config = Config::from_kubeconfig(text.as_bytes()).unwrap();
        assert_eq!((config.server.as_str(), &*config.certificate_authority), ("https://10.5.0.1:6443", &b"abc"[..]));
        assert_eq!((&*config.client_certificate, config.client_key.as_slice()), (&b"crt"[..], &b"key"[..]));
        assert_eq!(config.token.as_str(), "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
        assert_eq!(config.clone().at_host("fd00::1").server, "https://[fd00::1]:6443");
        assert_eq!(config.at_host("k.example").server, "https://k.example:6443");
    }

    #[test]
    fn says_what_is_missing_or_not_understood() {
        let failure = |text: &str| Config::from_kubeconfig(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(failure(""), "the kubeconfig has no content");
        assert_eq!(failure("a: ["), "the kubeconfig cannot be read: yaml: line 1: did not find expected node content");
        assert_eq!(failure("- 1\n"), "the kubeconfig has no current-context");
        assert_eq!(failure("current-context: a\n"), "the kubeconfig has no context \"a\"");
        assert_eq!(
            failure(&kubeconfig("{client-key-data: '*'}")),
            "client-key-data of the kubeconfig: illegal base64 data at input byte 0"
        );
        assert_eq!(
            failure(&kubeconfig("{exec: {command: aws}}")),
            "the kubeconfig uses exec, give certificate-authority-data, client-certificate-data, client-key-data or token"
        );
    }
}
