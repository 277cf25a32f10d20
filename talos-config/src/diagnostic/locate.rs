//! From the path of a field to its place in the text.

use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Kind, NodeId, Options, Span, Tree};

use crate::document::Identity;
use crate::path::{FieldPath, Segment};

/// The place of a field in a text: that of its value, or of the nearest key around it that is there.
///
/// The text is read again: only problems need places, and they are rare.
pub fn locate(source: &Source, document: &Identity, path: &FieldPath) -> Option<Span> {
    let (tree, _) = Tree::parse(source, Options::default());
    let mut roots = tree.documents().iter().filter_map(|document| tree.root(*document));
    let root = roots.find(|root| is(&tree, *root, document))?;
    Some(follow(&tree, root, path))
}

/// Whether a document of the text is the one that is meant.
fn is(tree: &Tree<'_>, root: NodeId, document: &Identity) -> bool {
    let text = |key: &str| entry(tree, root, key).map(|(_, value)| tree.text(tree.target(value)));
    match text("kind") {
        None => document.kind == "v1alpha1",
        Some(kind) => kind == document.kind && document.name.as_deref().is_none_or(|name| text("name") == Some(name)),
    }
}

fn follow(tree: &Tree<'_>, root: NodeId, path: &FieldPath) -> Span {
    let mut at = root;
    // A document has the first line for its place, not all of its text.
    let mut span = first_key(tree, root);
    for segment in path.segments() {
        let next = match segment {
            Segment::Key(key) => entry(tree, at, key),
            Segment::Index(index) => tree.children(tree.target(at)).nth(*index).map(|item| (item, item)),
        };
        let Some((key, value)) = next else { break };
        at = value;
        span = match tree.kind(value) {
            Kind::Scalar | Kind::Alias if tree.content(value).start < tree.content(value).end => tree.span(value),
            _ if key == value => first_key(tree, value),
            _ => tree.span(key),
        };
    }
    span
}

/// The first key of a mapping; other nodes stand for themselves.
fn first_key(tree: &Tree<'_>, at: NodeId) -> Span {
    match tree.pairs(at).next() {
        Some((key, _)) => tree.span(key),
        None => tree.span(at),
    }
}

fn entry(tree: &Tree<'_>, at: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
    let at = tree.target(at);
    if tree.kind(at) != Kind::Mapping {
        return None;
    }
    tree.pairs(at).find(|(known, _)| tree.text(*known) == key)
}
