//! Nodes of a tree as nodes to be written.

use super::node::{Kind, Node};
use super::written::Written;
use crate::tree::{NodeId, Tree};

impl<'t> Node<'t> {
    /// The node of a tree with everything below it, in its own style. Aliases stay aliases; comments come along if the tree
    /// has them.
    ///
    /// The tree's nesting is bounded by the reader.
    pub fn from_tree(tree: &'t Tree<'_>, id: NodeId) -> Node<'t> {
        let read = (tree, id);
        let tagged = read.tagged();
        Node {
            kind: read.kind(),
            style: read.style(),
            tag: if tagged || read.kind() == Kind::Scalar { read.tag().into() } else { "".into() },
            tagged,
            anchor: read.anchor().into(),
            value: read.value().into(),
            head: read.head().into(),
            line: read.line().into(),
            foot: read.foot().into(),
            children: tree.children(id).map(|child| Node::from_tree(tree, child)).collect(),
        }
    }
}
