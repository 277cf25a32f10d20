//! What a text holds: documents of nodes, in one arena.
//!
//! A tree borrows its source; scalars that stand in the source as they are meant are slices of it.

use std::fmt;

use crate::error::SyntaxError;
use crate::resolve::{self, Dialect};
use crate::scan;
use crate::source::{Position, Source, wipe};

/// A node of a [`Tree`]. Only valid with the tree that gave it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A document: one child, its root.
    Document,
    /// Keys and values in turn.
    Mapping,
    /// Items.
    Sequence,
    /// A text, number, flag or nothing.
    Scalar,
    /// `*name`: another node once more.
    Alias,
}

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// A scalar without quotes; also an empty place.
    Plain,
    /// A scalar in double quotes.
    Double,
    /// A scalar in single quotes.
    Single,
    /// A block scalar after `|`.
    Literal,
    /// A block scalar after `>`.
    Folded,
    /// A collection by indentation; also documents and aliases.
    Block,
    /// A collection in brackets or braces.
    Flow,
}

/// A part of the source, in bytes; `end` is the first byte behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// First byte behind.
    pub end: u32,
}

/// How to read a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The rules for scalars, duplicates and merge keys.
    pub dialect: Dialect,
    /// Whether comments are kept. Reading is faster without.
    pub comments: bool,
}

/// Comments around a node, each with its `#`, lines joined by a line feed. Empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// On lines of their own before the node.
    pub head: String,
    /// On the line of the node.
    pub line: String,
    /// On lines of their own after the node.
    pub foot: String,
}

/// The documents of a text.
pub struct Tree<'s> {
    pub(crate) source: &'s Source,
    pub(crate) dialect: Dialect,
    pub(crate) nodes: Vec<Node>,
    /// Texts that do not stand in the source as they are meant.
    pub(crate) texts: String,
    pub(crate) documents: Vec<NodeId>,
    /// Anchors and tags, by node.
    pub(crate) properties: Vec<Properties>,
    /// By node.
    pub(crate) comments: Vec<(NodeId, Comments)>,
}

/// Nodes stand in the order of the text, parents before their children.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Scalar: where its text begins. Collection: the first node behind its last child. Alias: its target.
    pub(crate) first: u32,
    /// Scalar: where its text ends. Collection: how many children it has. Alias: unused.
    pub(crate) second: u32,
    pub(crate) kind: Kind,
    pub(crate) style: Style,
    /// The text is in `Tree::texts`.
    pub(crate) own_text: bool,
    /// There is an entry in `Tree::properties`.
    pub(crate) has_properties: bool,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Properties {
    pub(crate) node: u32,
    /// Where the anchor or tag begins.
    pub(crate) start: u32,
    pub(crate) anchor: Option<Span>,
    pub(crate) tag: Option<Text>,
}

/// A part of the source or of `Tree::texts`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Text {
    pub(crate) span: Span,
    pub(crate) own: bool,
}

impl<'s> Tree<'s> {
    /// Reads all documents of a text. Those before a fault are kept.
    pub fn parse(source: &'s Source, options: Options) -> (Self, Option<SyntaxError>) {
        scan::parse(source, options)
    }

    /// The source that was read.
    pub fn source(&self) -> &'s Source {
        self.source
    }

    /// The rules that scalars are resolved by.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The documents, in the order of the text.
    pub fn documents(&self) -> &[NodeId] {
        &self.documents
    }

    /// The root of a document.
    pub fn root(&self, document: NodeId) -> Option<NodeId> {
        self.children(document).next()
    }

    /// How many nodes there are, documents included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True without any document.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What the node is.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// How the node is written.
    pub fn style(&self, id: NodeId) -> Style {
        self.node(id).style
    }

    /// The text of a scalar with quotes, escapes and folding undone, or the name of an alias; empty for collections.
    pub fn text(&self, id: NodeId) -> &str {
        let node = self.node(id);
        match node.kind {
            Kind::Scalar if node.own_text => &self.texts[node.first as usize..node.second as usize],
            Kind::Scalar => &self.source.text()[node.first as usize..node.second as usize],
            Kind::Alias => &self.source.text()[node.start as usize + 1..node.end as usize],
            _ => "",
        }
    }

    /// The tag as it was written, in short form (`!!int`, `!local`). The lone `!` counts as none.
    pub fn explicit_tag(&self, id: NodeId) -> Option<&str> {
        let tag = self.properties(id)?.tag?;
        let text = if tag.own { self.texts.as_str() } else { self.source.text() };
        Some(&text[tag.span.start as usize..tag.span.end as usize])
    }

    /// The tag in short form: the explicit one, or what the text looks like (`!!str`, `!!int`, `!!map`, …). An alias has
    /// its target's, a document none.
    pub fn tag(&self, id: NodeId) -> &str {
        let node = self.node(id);
        if let Some(tag) = self.explicit_tag(id) {
            return tag;
        }
        match node.kind {
            Kind::Document => "",
            Kind::Mapping => "!!map",
            Kind::Sequence => "!!seq",
            Kind::Alias => self.tag(NodeId(node.first)),
            Kind::Scalar if node.style == Style::Plain => resolve::plain(self.dialect, self.text(id)).tag(),
            Kind::Scalar => "!!str",
        }
    }

    /// True for a scalar that stands for nothing, or an alias of one.
    pub fn is_null(&self, id: NodeId) -> bool {
        let node = self.node(id);
        match node.kind {
            Kind::Alias => self.is_null(NodeId(node.first)),
            Kind::Scalar => match self.explicit_tag(id) {
                Some(tag) => tag == "!!null",
                None => node.style == Style::Plain && resolve::is_null(self.text(id)),
            },
            // Whoever writes `!!null {}` gets it.
            _ => node.has_properties && self.explicit_tag(id) == Some("!!null"),
        }
    }

    /// The children: a document's root, the items of a list, keys and values in turn.
    pub fn children(&self, id: NodeId) -> Children<'_> {
        let node = self.node(id);
        let (next, end) = match node.kind {
            Kind::Scalar | Kind::Alias => (0, 0),
            _ => (id.0 + 1, node.first),
        };
        Children { nodes: &self.nodes, next, end }
    }

    /// The keys of a mapping with their values.
    pub fn pairs(&self, id: NodeId) -> Pairs<'_> {
        let mut children = self.children(id);
        if self.kind(id) != Kind::Mapping {
            children.next = children.end;
        }
        Pairs { children }
    }

    /// How many children there are; a mapping counts keys and values.
    pub fn count(&self, id: NodeId) -> usize {
        let node = self.node(id);
        match node.kind {
            Kind::Scalar | Kind::Alias => 0,
            _ => node.second as usize,
        }
    }

    /// The node that an alias stands for; any other node is its own target.
    pub fn target(&self, alias: NodeId) -> NodeId {
        let node = self.node(alias);
        match node.kind {
            Kind::Alias => NodeId(node.first),
            _ => alias,
        }
    }

    /// The name after `&`.
    pub fn anchor(&self, id: NodeId) -> Option<&str> {
        let span = self.properties(id)?.anchor?;
        Some(&self.source.text()[span.start as usize..span.end as usize])
    }

    /// The part of the source that the node takes, anchor and tag included.
    pub fn span(&self, id: NodeId) -> Span {
        let content = self.content(id);
        match self.properties(id) {
            Some(properties) => Span { start: properties.start.min(content.start), ..content },
            None => content,
        }
    }

    /// The part of the source that the node takes without its anchor and tag, quotes and brackets included. An empty place
    /// has no length.
    pub fn content(&self, id: NodeId) -> Span {
        let node = self.node(id);
        let end = self.source.text().len() as u32;
        Span { start: node.start.min(end), end: node.end.min(end) }
    }

    /// The line and column where the node begins, at its anchor or tag if it has any.
    pub fn position(&self, id: NodeId) -> Position {
        scan::mark_position(self.source, self.mark(id))
    }

    /// The line where the node begins, from 1. On long lines this is cheaper than the whole position.
    pub fn line(&self, id: NodeId) -> u32 {
        scan::mark_line(self.source, self.mark(id))
    }

    /// Comments around the node, if there are any and they were asked for.
    pub fn comments(&self, id: NodeId) -> Option<&Comments> {
        let at = self.comments.binary_search_by_key(&id, |(node, _)| *node).ok()?;
        Some(&self.comments[at].1)
    }

    fn mark(&self, id: NodeId) -> u32 {
        match self.properties(id) {
            Some(properties) => properties.start,
            None => self.node(id).start,
        }
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    fn properties(&self, id: NodeId) -> Option<&Properties> {
        if !self.node(id).has_properties {
            return None;
        }
        let at = self.properties.binary_search_by_key(&id.0, |properties| properties.node).ok()?;
        Some(&self.properties[at])
    }
}

impl fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("source", &self.source)
            .field("documents", &self.documents.len())
            .field("nodes", &self.nodes.len())
            .finish_non_exhaustive()
    }
}

impl Drop for Tree<'_> {
    fn drop(&mut self) {
        wipe(std::mem::take(&mut self.texts).into_bytes());
    }
}

/// The children of a node.
#[derive(Clone)]
pub struct Children<'t> {
    nodes: &'t [Node],
    next: u32,
    end: u32,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        if self.next >= self.end {
            return None;
        }
        let id = self.next;
        let node = &self.nodes[id as usize];
        self.next = match node.kind {
            Kind::Scalar | Kind::Alias => id + 1,
            _ => node.first,
        };
        Some(NodeId(id))
    }
}

impl fmt::Debug for Children<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Children").field("next", &self.next).field("end", &self.end).finish_non_exhaustive()
    }
}

/// The keys and values of a mapping.
#[derive(Clone, Debug)]
pub struct Pairs<'t> {
    children: Children<'t>,
}

impl Iterator for Pairs<'_> {
    type Item = (NodeId, NodeId);

    fn next(&mut self) -> Option<(NodeId, NodeId)> {
        Some((self.children.next()?, self.children.next()?))
    }
}
