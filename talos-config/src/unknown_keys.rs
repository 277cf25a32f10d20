//! The listing of keys that no section knows.

use std::fmt;

use talos_config_yaml::emit;
use talos_config_yaml::fields::{Section, Shape};
use talos_config_yaml::natural;
use talos_config_yaml::tree::{Kind, NodeId, Tree};

/// Every unknown key of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKeys {
    listing: String,
    keys: Vec<UnknownKey>,
}

/// One unknown key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// The key's node.
    pub at: NodeId,
    /// Path of the mapping that it stands in, `machine.network.interfaces[0]`.
    pub parent: String,
    /// The key.
    pub key: String,
    /// Type name of the section that does not know it.
    pub section: &'static str,
}

impl UnknownKeys {
    /// The keys in the order of the text.
    pub fn keys(&self) -> &[UnknownKey] {
        &self.keys
    }

    /// Only the branches that hold unknown keys, as YAML.
    pub fn listing(&self) -> &str {
        &self.listing
    }
}

impl fmt::Display for UnknownKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown keys found during decoding:\n{}", self.listing)
    }
}

impl std::error::Error for UnknownKeys {}

/// A node that can be read, because it stands behind `<<` or is an alias, but not checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misfit {
    /// A key is no scalar.
    #[error("unexpected mapping key type")]
    Key {
        /// The key.
        at: NodeId,
    },
    /// A mapping where the place has something else.
    #[error("unexpected type for yaml mapping: {go_type}")]
    Mapping {
        /// The mapping.
        at: NodeId,
        /// Type of the place.
        go_type: String,
    },
    /// A list where the place has something else.
    #[error("unexpected type for yaml sequence: {go_type}")]
    Sequence {
        /// The list.
        at: NodeId,
        /// Type of the place.
        go_type: String,
    },
}

impl Misfit {
    /// The node.
    pub fn at(&self) -> NodeId {
        match self {
            Self::Key { at } | Self::Mapping { at, .. } | Self::Sequence { at, .. } => *at,
        }
    }
}

/// Why a document does not pass.
pub(crate) enum Error {
    Unknown(UnknownKeys),
    Misfit(Misfit),
}

/// Walks a document beside the table of its section. Aliases are not followed, and `<<` is a key like any other.
pub(crate) fn check(tree: &Tree<'_>, root: NodeId, section: &'static Section) -> Result<(), Error> {
    let mut search = Search { tree, keys: Vec::new(), path: String::new() };
    match search.section(root, section).map_err(Error::Misfit)? {
        None => Ok(()),
        Some(branch) => {
            let listing = emit::emit_nodes(&[branch], emit::Layout::TALOS);
            Err(Error::Unknown(UnknownKeys { listing, keys: search.keys }))
        }
    }
}

/// The branches below a place that hold unknown keys.
type Found<'t> = Result<Option<emit::Node<'t>>, Misfit>;

struct Search<'t, 's> {
    tree: &'t Tree<'s>,
    keys: Vec<UnknownKey>,
    path: String,
}

impl<'t> Search<'t, '_> {
    fn value(&mut self, at: NodeId, shape: &Shape) -> Found<'t> {
        match (self.tree.kind(at), shape) {
            (_, Shape::Optional(inner)) => self.value(at, inner),
            (Kind::Mapping, Shape::Section(section)) => self.section(at, section),
            (Kind::Mapping, Shape::Map(value)) => self.entries(at, |search, _, at| search.value(at, value)),
            (Kind::Mapping, Shape::FreeForm) => self.entries(at, |_, _, _| Ok(None)),
            (Kind::Sequence, Shape::List(item) | Shape::SectionList(item)) => self.list(at, item),
            (Kind::Mapping, _) => Err(Misfit::Mapping { at, go_type: shape.go_type() }),
            (Kind::Sequence, _) => Err(Misfit::Sequence { at, go_type: shape.go_type() }),
            _ => Ok(None),
        }
    }

    fn section(&mut self, at: NodeId, section: &'static Section) -> Found<'t> {
        let tree = self.tree;
        self.entries(at, |search, key, value| {
            let text = tree.text(key);
            match section.fields.iter().find(|field| field.key == text) {
                Some(field) => search.value(value, field.shape),
                None => {
                    let parent = search.path[..search.path.len() - text.len()].trim_end_matches('.').to_owned();
                    search.keys.push(UnknownKey { at: key, parent, key: text.to_owned(), section: section.go_name });
                    Ok(Some(emit::Node::from_tree(tree, value)))
                }
            }
        })
    }

    fn entries(&mut self, at: NodeId, mut inner: impl FnMut(&mut Self, NodeId, NodeId) -> Found<'t>) -> Found<'t> {
        let mut found = Vec::new();
        for (key, value) in self.tree.pairs(at) {
            if self.tree.kind(key) != Kind::Scalar {
                return Err(Misfit::Key { at: key });
            }
            let text = self.tree.text(key);
            let length = self.path.len();
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(text);
            if let Some(branch) = inner(self, key, value)? {
                found.push((text, branch));
            }
            self.path.truncate(length);
        }
        if found.is_empty() {
            return Ok(None);
        }
        found.sort_by(|(left, _), (right, _)| natural::compare(left, right));
        let entries = found.into_iter().flat_map(|(key, value)| [emit::Node::string(key), value]);
        Ok(Some(emit::Node::mapping(entries.collect())))
    }

    fn list(&mut self, at: NodeId, shape: &Shape) -> Found<'t> {
        let mut found = Vec::new();
        for (position, item) in self.tree.children(at).enumerate() {
            let length = self.path.len();
            self.path.push_str(&format!("[{position}]"));
            found.extend(self.value(item, shape)?);
            self.path.truncate(length);
        }
        Ok((!found.is_empty()).then(|| emit::Node::sequence(found)))
    }
}
