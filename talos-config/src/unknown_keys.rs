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

/// Walks a document beside the table of its section.
pub(crate) fn find(tree: &Tree<'_>, root: NodeId, section: &'static Section) -> UnknownKeys {
    let mut search = Search { tree, keys: Vec::new(), path: String::new() };
    let branches = search.section(root, section);
    let listing = branches.map(|branch| emit::emit_nodes(&[branch], emit::Layout::TALOS)).unwrap_or_default();
    UnknownKeys { listing, keys: search.keys }
}

struct Search<'t, 's> {
    tree: &'t Tree<'s>,
    keys: Vec<UnknownKey>,
    path: String,
}

impl<'t> Search<'t, '_> {
    fn value(&mut self, at: NodeId, shape: &Shape) -> Option<emit::Node<'t>> {
        match shape {
            Shape::Section(section) => self.section(at, section),
            Shape::List(item) | Shape::SectionList(item) => self.list(at, item),
            Shape::Map(value) => self.map(at, value),
            Shape::Optional(inner) => self.value(at, inner),
            _ => None,
        }
    }

    fn section(&mut self, at: NodeId, section: &'static Section) -> Option<emit::Node<'t>> {
        let tree = self.tree;
        self.entries(at, |search, key, value| {
            let text = tree.text(key);
            match section.fields.iter().find(|field| field.key == text) {
                Some(field) => search.value(value, field.shape),
                None => {
                    let parent = search.path[..search.path.len() - text.len()].trim_end_matches('.').to_owned();
                    search.keys.push(UnknownKey { at: key, parent, key: text.to_owned(), section: section.go_name });
                    Some(emit::Node::from_tree(tree, value))
                }
            }
        })
    }

    fn map(&mut self, at: NodeId, shape: &Shape) -> Option<emit::Node<'t>> {
        shape.inner_section()?;
        self.entries(at, |search, _, value| search.value(value, shape))
    }

    fn entries(
        &mut self,
        at: NodeId,
        mut inner: impl FnMut(&mut Self, NodeId, NodeId) -> Option<emit::Node<'t>>,
    ) -> Option<emit::Node<'t>> {
        if self.tree.kind(at) != Kind::Mapping {
            return None;
        }
        let mut found = Vec::new();
        for (key, value) in self.tree.pairs(at) {
            let text = self.tree.text(key);
            let length = self.path.len();
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(text);
            if let Some(branch) = inner(self, key, value) {
                found.push((text, branch));
            }
            self.path.truncate(length);
        }
        if found.is_empty() {
            return None;
        }
        found.sort_by(|(left, _), (right, _)| natural::compare(left, right));
        Some(emit::Node::mapping(found.into_iter().flat_map(|(key, value)| [emit::Node::string(key), value]).collect()))
    }

    fn list(&mut self, at: NodeId, shape: &Shape) -> Option<emit::Node<'t>> {
        shape.inner_section()?;
        if self.tree.kind(at) != Kind::Sequence {
            return None;
        }
        let mut found = Vec::new();
        for (position, item) in self.tree.children(at).enumerate() {
            let length = self.path.len();
            self.path.push_str(&format!("[{position}]"));
            found.extend(self.value(item, shape));
            self.path.truncate(length);
        }
        (!found.is_empty()).then(|| emit::Node::sequence(found))
    }
}
