//! The client configuration (`talosconfig`): which clusters a person can talk to, where, and with which certificate.

use std::fmt;

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::emit::{Emitter, Layout};
use talos_config_yaml::error::SyntaxError;
use talos_config_yaml::section;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Options, Tree};
use talos_pki::base64;

/// A client configuration: named contexts, of which one is current.
///
/// ```
/// use talos_config::talosconfig::{Context, Talosconfig};
///
/// let mut config = Talosconfig::default();
/// config.contexts.insert("home".to_owned(), Context { endpoints: vec!["10.5.0.2".to_owned()], ..Context::default() });
/// config.context = "home".to_owned();
/// assert_eq!(config.to_yaml(), "context: home\ncontexts:\n    home:\n        endpoints:\n            - 10.5.0.2\n");
/// ```
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "config.Config")]
pub struct Talosconfig {
    /// Name of the current context, empty if there is none.
    #[field(emit = "always")]
    pub context: String,
    /// The contexts by name.
    #[field(emit = "always", type_name = "map[string]*config.Context")]
    pub contexts: Map<Context>,
}

/// How to talk to one cluster.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "config.Context")]
pub struct Context {
    /// The one endpoint of old files. [`Talosconfig::from_yaml`] moves it to the others, and it is never written.
    #[field(hidden)]
    pub target: String,
    /// Machines whose API is dialled, as `host`, `host:port` or URL.
    #[field(emit = "always")]
    pub endpoints: Vec<String>,
    /// Machines that commands are about when they name none.
    pub nodes: Vec<String>,
    /// Certificate of the authority that the machines' certificates come from, base64 of PEM.
    pub ca: String,
    /// Certificate of the client, base64 of PEM.
    pub crt: String,
    /// Private key of the client, base64 of PEM.
    #[field(secret = "redact")]
    pub key: String,
    /// Other ways to say who one is.
    pub auth: Auth,
    /// Name of the cluster where the endpoint stands for several.
    pub cluster: String,
}

/// Ways to say who one is besides a certificate.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "config.Auth")]
pub struct Auth {
    /// User name and password.
    pub basic: Option<Box<Basic>>,
    /// Requests signed with a key of the user.
    #[field(key = "siderov1")]
    pub sidero_v1: Option<Box<SideroV1>>,
}

/// User name and password.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "config.Basic")]
pub struct Basic {
    /// User name.
    #[field(emit = "always")]
    pub username: String,
    /// Password.
    #[field(emit = "always", secret = "redact")]
    pub password: String,
}

/// Requests signed with a key of the user.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "config.SideroV1")]
pub struct SideroV1 {
    /// Who the user is, usually a mail address.
    #[field(emit = "always")]
    pub identity: String,
}

/// A text is no client configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no document.
    #[error("EOF")]
    Empty,
    /// The text is not YAML.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// Values have the wrong type.
    #[error("{0}")]
    Types(String),
}

/// There is no such context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The context asked for does not exist.
    #[error("context {} not found in config", talos_config_yaml::decode::go_quote(.0))]
    NotFound(String),
    /// The current context does not exist.
    #[error("default context {} not found in config", talos_config_yaml::decode::go_quote(.0))]
    CurrentNotFound(String),
    /// There is nothing in the file.
    #[error("talos config file is empty")]
    Empty,
}

/// Credentials of a context are not base64.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error decoding {what}")]
pub struct DecodeError {
    /// `CA`, `certificate` or `key`.
    pub what: &'static str,
    /// Why.
    pub source: base64::Error,
}

/// A context got another name because its own was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// Its own name.
    pub from: String,
    /// The name it has now.
    pub to: String,
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = talos_config_yaml::decode::go_quote;
        write!(f, "renamed talosconfig context {} -> {}", quote(&self.from), quote(&self.to))
    }
}

impl Talosconfig {
    /// Reads the first document of a text. Unknown keys are passed over.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Syntax`] or [`Error::Types`].
    pub fn from_yaml(source: &Source) -> Result<Self, Error> {
        let (tree, fault) = Tree::parse(source, Options::default());
        let Some(document) = tree.documents().first() else {
            return Err(fault.map_or(Error::Empty, Error::Syntax));
        };
        let mut config = Self::default();
        if let Some(root) = tree.root(*document) {
            let mut decoder = Decoder::new(&tree);
            section::decode(&mut config, &mut decoder, root);
            if let Some(text) = decoder.finish().go_text(&tree) {
                return Err(Error::Types(text));
            }
        }
        for context in config.contexts.values_mut() {
            if !context.target.is_empty() {
                context.endpoints.push(std::mem::take(&mut context.target));
            }
        }
        Ok(config)
    }

    /// The text of the file.
    pub fn to_yaml(&self) -> String {
        let mut out = Emitter::new(Layout::TALOS);
        section::encode(self, &mut out);
        out.finish()
    }

    /// The context with this name, or the current one.
    ///
    /// # Errors
    /// [`ResolveError`].
    pub fn resolve(&self, name: Option<&str>) -> Result<&Context, ResolveError> {
        if let Some(name) = name {
            return self.contexts.get(name).ok_or_else(|| ResolveError::NotFound(name.to_owned()));
        }
        if self.context.is_empty() && self.contexts.is_empty() {
            return Err(ResolveError::Empty);
        }
        self.contexts.get(&self.context).ok_or_else(|| ResolveError::CurrentNotFound(self.context.clone()))
    }

    /// Takes over all contexts of another configuration. One whose name is taken gets the first free one of `name-1`,
    /// `name-2`, …; contents are not compared. The current context of the other configuration becomes current, if it has
    /// one.
    ///
    /// Returns the renamed contexts, sorted by name.
    pub fn merge(&mut self, other: Self) -> Vec<Rename> {
        let mut renames = Vec::new();
        let mut current = String::new();
        for (name, context) in other.contexts {
            let mut free = name.clone();
            let mut number = 0;
            while self.contexts.contains_key(&free) {
                number += 1;
                free = format!("{name}-{number}");
            }
            if name == other.context {
                current.clone_from(&free);
            }
            if free != name {
                renames.push(Rename { from: name, to: free.clone() });
            }
            self.contexts.insert(free, context);
        }
        if !other.context.is_empty() {
            self.context = current;
        }
        renames
    }
}

impl Context {
    /// A context with credentials, each given as PEM.
    pub fn with_credentials(ca: &[u8], crt: &[u8], key: &[u8]) -> Self {
        Self { ca: base64::encode(ca), crt: base64::encode(crt), key: base64::encode(key), ..Self::default() }
    }

    /// Certificate of the authority, PEM; empty if there is none.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn ca_pem(&self) -> Result<Vec<u8>, DecodeError> {
        decode("CA", &self.ca)
    }

    /// Certificate of the client, PEM; empty if there is none.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn crt_pem(&self) -> Result<Vec<u8>, DecodeError> {
        decode("certificate", &self.crt)
    }

    /// Private key of the client, PEM; empty if there is none.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn key_pem(&self) -> Result<Vec<u8>, DecodeError> {
        decode("key", &self.key)
    }
}

fn decode(what: &'static str, text: &str) -> Result<Vec<u8>, DecodeError> {
    base64::decode(text).map_err(|source| DecodeError { what, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Talosconfig, Error> {
        Talosconfig::from_yaml(&Source::new("talosconfig", text))
    }

    const FULL: &str = "context: a
contexts:
    a2:
        endpoints: []
    a10:
        endpoints:
            - 10.0.0.1
            - cp.example:50000
        nodes:
            - 10.0.0.2
        ca: Q0E=
        crt: Q1JU
        key: S0VZ
        auth:
            basic:
                username: u
                password: p
            siderov1:
                identity: a@b
        cluster: c
    \"true\":
        endpoints: []
";

    #[test]
    fn files_are_written_as_they_were_read() {
        let config = read(FULL).unwrap();
        assert_eq!(config.to_yaml(), FULL);
        assert_eq!(config.contexts["a10"].crt_pem().unwrap(), b"CRT");
        assert_eq!(Talosconfig::default().to_yaml(), "context: \"\"\ncontexts: {}\n");
    }

    #[test]
    fn old_and_unknown_fields_vanish() {
        let config =
            read("foo: 1\ncontexts: {o: {target: 1.2.3.4, endpoints: [x], auth: {}, more: 1}, p: }\n").unwrap();
        assert_eq!(config.contexts["o"].endpoints, ["x", "1.2.3.4"]);
        assert_eq!(
            config.to_yaml(),
            "context: \"\"\ncontexts:\n    o:\n        endpoints:\n            - x\n            - 1.2.3.4\n    p:\n        endpoints: []\n"
        );
    }

    #[test]
    fn only_the_first_document_counts() {
        assert_eq!(read("context: a\n---\ncontext: [\n").unwrap().context, "a");
        assert_eq!(read("---\n").unwrap(), Talosconfig::default());
        assert_eq!(read(""), Err(Error::Empty));
        assert_eq!(read("a: [\n").unwrap_err().to_string(), "yaml: line 1: did not find expected node content");
        assert_eq!(
            read("context: []\ncontexts: [x]\n").unwrap_err().to_string(),
            "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into string\n  \
             line 2: cannot unmarshal !!seq into map[string]*config.Context"
        );
    }

    #[test]
    fn merging_finds_free_names_and_follows_the_current_context() {
        let mut config = read("context: a\ncontexts: {a: {endpoints: [1]}, a-1: {}}\n").unwrap();
        let other = read("context: a\ncontexts: {a: {endpoints: [2]}, b: {}}\n").unwrap();
        let renames: Vec<_> = config.merge(other).iter().map(Rename::to_string).collect();
        assert_eq!(renames, ["renamed talosconfig context \"a\" -> \"a-2\""]);
        assert_eq!(config.context, "a-2");
        assert_eq!(config.contexts["a-2"].endpoints, ["2"]);
        assert_eq!(config.contexts.keys().collect::<Vec<_>>(), ["a", "a-1", "a-2", "b"]);
        assert!(config.merge(read("contexts: {c: {}}\n").unwrap()).is_empty());
        assert_eq!(config.context, "a-2");
        config.merge(read("context: gone\ncontexts: {d: {}}\n").unwrap());
        assert_eq!(config.context, "");
    }

    #[test]
    fn contexts_are_found_by_name_or_as_the_current_one() {
        let config = read("context: a\ncontexts: {b: {cluster: x}}\n").unwrap();
        assert_eq!(config.resolve(Some("b")).unwrap().cluster, "x");
        for (config, name, text) in [
            (&config, Some("c"), "context \"c\" not found in config"),
            (&config, None, "default context \"a\" not found in config"),
            (&Talosconfig::default(), None, "talos config file is empty"),
        ] {
            assert_eq!(config.resolve(name).unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn keys_and_passwords_are_not_shown() {
        let shown = format!("{:?}", read(FULL).unwrap());
        assert!(!shown.contains("S0VZ") && !shown.contains("\"p\""), "{shown}");
    }
}
