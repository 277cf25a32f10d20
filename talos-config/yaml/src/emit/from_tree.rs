//! Nodes of a tree as nodes to be written.

use super::node::{Kind, Node, Style};
use crate::tree::{self, NodeId, Tree};

impl<'t> Node<'t> {
    /// The node of a tree with everything below it, in its own style. Aliases stay aliases; comments come along if the tree
    /// has them.
    ///
    /// The tree's nesting is bounded by the reader.
    pub fn from_tree(tree: &'t Tree<'_>, id: NodeId) -> Node<'t> {
        let mut node = Node {
            kind: match tree.kind(id) {
                tree::Kind::Document => Kind::Document,
                tree::Kind::Mapping => Kind::Mapping,
                tree::Kind::Sequence => Kind::Sequence,
                tree::Kind::Scalar => Kind::Scalar,
                tree::Kind::Alias => Kind::Alias,
            },
            style: match tree.style(id) {
                tree::Style::Plain | tree::Style::Block => Style::Plain,
                tree::Style::Double => Style::Double,
                tree::Style::Single => Style::Single,
                tree::Style::Literal => Style::Literal,
                tree::Style::Folded => Style::Folded,
                tree::Style::Flow => Style::Flow,
            },
            value: tree.text(id).into(),
            anchor: tree.anchor(id).unwrap_or_default().into(),
            ..Node::default()
        };
        match tree.explicit_tag(id) {
            Some(tag) => {
                node.tag = tag.into();
                node.tagged = true;
            }
            None if node.kind == Kind::Scalar => node.tag = tree.tag(id).into(),
            None => {}
        }
        if let Some(comments) = tree.comments(id) {
            node.head = comments.head.as_str().into();
            node.line = comments.line.as_str().into();
            node.foot = comments.foot.as_str().into();
        }
        node.children = tree.children(id).map(|child| Node::from_tree(tree, child)).collect();
        node
    }
}
