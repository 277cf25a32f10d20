//! Text to configuration: reads every document of a stream into its type, strictly.

use std::fmt;
use std::sync::Arc;

use talos_config_yaml::decode::{Decoder, Outcome, go_quote};
use talos_config_yaml::error::SyntaxError;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{self, Kind as NodeKind, NodeId, Tree};

use crate::container::{self, Container};
use crate::document::{Document, Kind};
use crate::unknown_keys::{self, Misfit, UnknownKeys};
use crate::{kinds, v1alpha1};

/// Why a text is not a machine configuration.
///
/// `Display` gives the text of the reference; positions and hints are given by [`diagnostic`](mod@crate::diagnostic).
#[derive(Debug)]
pub struct Error(Box<Failure>);

#[derive(Debug)]
struct Failure {
    reason: Reason,
    source: Arc<Source>,
}

/// What is wrong with a text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The text is not YAML.
    #[error("decode error: {0}")]
    Syntax(SyntaxError),
    /// There is no document.
    #[error("config not found")]
    NotFound,
    /// `kind` or `apiVersion` is not a text.
    #[error("{key} decode: {text}")]
    Header {
        /// `kind` or `version`.
        key: &'static str,
        /// What was found, in the words of the reference.
        text: String,
        /// What was found.
        outcome: Outcome,
    },
    /// `kind` or `apiVersion` stands where no value follows it.
    #[error("recovered: runtime error: index out of range [{length}] with length {length}")]
    HeaderWithoutValue {
        /// Number of keys and values of the document.
        length: usize,
        /// The lone word.
        at: NodeId,
    },
    /// A document says neither its kind nor is it the legacy document.
    #[error("missing kind")]
    MissingKind {
        /// The document.
        at: NodeId,
    },
    /// There is no such kind of document.
    #[error("{} {}: not registered", go_quote(kind), go_quote(api_version))]
    NotRegistered {
        /// The kind.
        kind: String,
        /// The API version.
        api_version: String,
        /// The document.
        at: NodeId,
    },
    /// The kind exists, but not in this API version.
    #[error("recovered: reflect: call of reflect.Value.Type on zero Value")]
    UnsupportedVersion {
        /// The kind.
        kind: &'static str,
        /// The API version that was asked for.
        api_version: String,
        /// The API version that exists.
        supported: &'static str,
        /// The document.
        at: NodeId,
    },
    /// Values have the wrong type.
    #[error("error decoding {kind} to {go_type}: {text}")]
    Decode {
        /// The kind as the document gives it, empty for the main document.
        kind: String,
        /// Name of the type.
        go_type: &'static str,
        /// The problems, in the words of the reference.
        text: String,
        /// The problems, in the order of the text.
        outcome: Outcome,
    },
    /// There are keys that no section knows.
    #[error(transparent)]
    UnknownKeys(UnknownKeys),
    /// Keys can be read but not checked.
    #[error(transparent)]
    Misfit(Misfit),
    /// Two documents cannot stand together.
    #[error(transparent)]
    Container(#[from] container::Error),
}

impl Error {
    /// What is wrong.
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// The text that was read.
    pub fn source_text(&self) -> &Source {
        &self.0.source
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.reason.fmt(f)
    }
}

impl std::error::Error for Error {}

impl From<unknown_keys::Error> for Reason {
    fn from(error: unknown_keys::Error) -> Self {
        match error {
            unknown_keys::Error::Unknown(keys) => Self::UnknownKeys(keys),
            unknown_keys::Error::Misfit(misfit) => Self::Misfit(misfit),
        }
    }
}

/// Reads a machine configuration of one or more documents.
///
/// # Errors
/// When the text is not YAML, a document has no known kind, a value has the wrong type, a key is unknown, or two
/// documents have one identity.
pub fn load(text: impl Into<Vec<u8>>) -> Result<Container, Error> {
    load_source(Source::new("", text))
}

/// As [`load`], from a source with a name for messages.
///
/// # Errors
/// As [`load`].
pub fn load_source(source: Source) -> Result<Container, Error> {
    let source = Arc::new(source);
    match read(&source) {
        Ok(container) => Ok(container.with_source(source)),
        Err(reason) => Err(Error(Box::new(Failure { reason: *reason, source }))),
    }
}

fn read(source: &Source) -> Result<Container, Box<Reason>> {
    let (tree, syntax_error) = Tree::parse(source, tree::Options::default());
    let mut documents: Vec<Box<dyn Document>> = Vec::new();
    for &document in tree.documents() {
        documents.push(read_document(&tree, document)?);
    }
    if let Some(error) = syntax_error {
        return Err(Reason::Syntax(error).into());
    }
    if documents.is_empty() {
        return Err(Reason::NotFound.into());
    }
    Container::new(documents).map_err(|error| Reason::from(error).into())
}

fn read_document(tree: &Tree<'_>, document: NodeId) -> Result<Box<dyn Document>, Box<Reason>> {
    let root = tree.root(document).unwrap_or(document);
    let header = Header::read(tree, root)?;
    let named = header.kind.clone();
    let kind = header.resolve(root)?;
    let mut value = (kind.new)();
    let mut decoder = Decoder::new(tree);
    value.as_node_mut().decode(&mut decoder, root);
    let outcome = decoder.finish();
    if let Some(text) = outcome.go_text(tree) {
        return Err(Reason::Decode { kind: named, go_type: kind.go_type, text, outcome }.into());
    }
    if !outcome.unknown.is_empty() || outcome.unusual_keys {
        // The listing has the comments, which the first reading did not keep; nodes have the same ids in both.
        let (commented, _) = Tree::parse(tree.source(), tree::Options { comments: true, ..tree::Options::default() });
        unknown_keys::check(&commented, root, (kind.section)()).map_err(Reason::from)?;
    }
    Ok(value)
}

/// What the top-level entries of a document say about its type.
#[derive(Default)]
struct Header {
    kind: String,
    api_version: String,
}

impl Header {
    /// Keys and values are looked at alike: a value that is one of the words counts as the key does, as in the reference.
    fn read(tree: &Tree<'_>, root: NodeId) -> Result<Self, Box<Reason>> {
        let mut header = Self::default();
        if tree.kind(root) != NodeKind::Mapping {
            return Ok(header);
        }
        let mut nodes = tree.children(root).peekable();
        while let Some(node) = nodes.next() {
            let (key, target) = match tree.text(node) {
                "kind" => ("kind", &mut header.kind),
                "apiVersion" => ("version", &mut header.api_version),
                "machine" | "cluster" | "debug" | "persist" => {
                    v1alpha1::API_VERSION.clone_into(&mut header.api_version);
                    continue;
                }
                _ => continue,
            };
            let Some(&value) = nodes.peek() else {
                return Err(Reason::HeaderWithoutValue { length: tree.children(root).count(), at: node }.into());
            };
            let mut decoder = Decoder::new(tree);
            if let Some(text) = decoder.text(value) {
                *target = text.into_owned();
            }
            let outcome = decoder.finish();
            if let Some(text) = outcome.go_text(tree) {
                return Err(Reason::Header { key, text, outcome }.into());
            }
        }
        Ok(header)
    }

    fn resolve(self, at: NodeId) -> Result<&'static Kind, Box<Reason>> {
        let Self { kind, api_version } = self;
        if kind.is_empty() {
            return match api_version.as_str() {
                v1alpha1::API_VERSION => Ok(&kinds::LEGACY),
                _ => Err(Reason::MissingKind { at }.into()),
            };
        }
        match kinds::find(&kind) {
            None => Err(Reason::NotRegistered { kind, api_version, at }.into()),
            Some(known) if known.api_version != api_version => {
                let supported = known.api_version;
                Err(Reason::UnsupportedVersion { kind: known.kind, api_version, supported, at }.into())
            }
            Some(known) => Ok(known),
        }
    }
}
