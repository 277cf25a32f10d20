//! What the writer of nodes asks of them, for nodes that were built and for those that were read.

use super::node::{Kind, Node, Style};
use crate::tree::{self, NodeId, Tree};

/// A node that can be written.
pub(super) trait Written<'n>: Copy {
    type Children: Iterator<Item = Self>;

    fn kind(self) -> Kind;
    fn style(self) -> Style;
    /// Short tag; empty if none is to be written.
    fn tag(self) -> &'n str;
    fn tagged(self) -> bool;
    fn anchor(self) -> &'n str;
    fn value(self) -> &'n str;
    fn head(self) -> &'n str;
    fn line(self) -> &'n str;
    fn foot(self) -> &'n str;
    /// The children; of a mapping keys and values in turn.
    fn children(self) -> Self::Children;
    fn is_empty(self) -> bool;
}

impl<'n> Written<'n> for &'n Node<'n> {
    type Children = std::slice::Iter<'n, Node<'n>>;

    fn kind(self) -> Kind {
        self.kind
    }

    fn style(self) -> Style {
        self.style
    }

    fn tag(self) -> &'n str {
        &self.tag
    }

    fn tagged(self) -> bool {
        self.tagged
    }

    fn anchor(self) -> &'n str {
        &self.anchor
    }

    fn value(self) -> &'n str {
        &self.value
    }

    fn head(self) -> &'n str {
        &self.head
    }

    fn line(self) -> &'n str {
        &self.line
    }

    fn foot(self) -> &'n str {
        &self.foot
    }

    fn children(self) -> Self::Children {
        let count = match self.kind {
            // A key without a value is left out.
            Kind::Mapping => self.children.len() & !1,
            _ => self.children.len(),
        };
        self.children[..count].iter()
    }

    fn is_empty(self) -> bool {
        self.children.is_empty()
    }
}

impl<'n> Written<'n> for (&'n Tree<'n>, NodeId) {
    type Children = TreeChildren<'n>;

    fn kind(self) -> Kind {
        match self.0.kind(self.1) {
            tree::Kind::Document => Kind::Document,
            tree::Kind::Mapping => Kind::Mapping,
            tree::Kind::Sequence => Kind::Sequence,
            tree::Kind::Scalar => Kind::Scalar,
            tree::Kind::Alias => Kind::Alias,
        }
    }

    fn style(self) -> Style {
        match self.0.style(self.1) {
            tree::Style::Plain | tree::Style::Block => Style::Plain,
            tree::Style::Double => Style::Double,
            tree::Style::Single => Style::Single,
            tree::Style::Literal => Style::Literal,
            tree::Style::Folded => Style::Folded,
            tree::Style::Flow => Style::Flow,
        }
    }

    fn tag(self) -> &'n str {
        self.0.tag(self.1)
    }

    fn tagged(self) -> bool {
        self.0.explicit_tag(self.1).is_some()
    }

    fn anchor(self) -> &'n str {
        self.0.anchor(self.1).unwrap_or_default()
    }

    fn value(self) -> &'n str {
        self.0.text(self.1)
    }

    fn head(self) -> &'n str {
        self.0.comments(self.1).map_or("", |comments| &comments.head)
    }

    fn line(self) -> &'n str {
        self.0.comments(self.1).map_or("", |comments| &comments.line)
    }

    fn foot(self) -> &'n str {
        self.0.comments(self.1).map_or("", |comments| &comments.foot)
    }

    fn children(self) -> Self::Children {
        TreeChildren { tree: self.0, children: self.0.children(self.1) }
    }

    fn is_empty(self) -> bool {
        self.0.count(self.1) == 0
    }
}

pub(super) struct TreeChildren<'n> {
    tree: &'n Tree<'n>,
    children: tree::Children<'n>,
}

impl<'n> Iterator for TreeChildren<'n> {
    type Item = (&'n Tree<'n>, NodeId);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.tree, self.children.next()?))
    }
}
