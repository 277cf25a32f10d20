//! Nodes: documents as trees that carry comments, styles, tags and anchors.

use std::borrow::Cow;

use super::ambiguous::reads_as_other;

/// One node of a document.
///
/// Texts that are empty are absent. A node is best built from [`Node::default`] or the constructors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node<'a> {
    /// What the node is.
    pub kind: Kind,
    /// How it is set, as far as its text allows.
    pub style: Style,
    /// Short tag, such as `!!str` or `!local`. It is written if it was explicit, or if the text alone would read as another
    /// one; `!!str` makes such a text quoted instead.
    pub tag: Cow<'a, str>,
    /// Whether the tag was explicit.
    pub tagged: bool,
    /// Name by which aliases refer to the node.
    pub anchor: Cow<'a, str>,
    /// Text of a scalar, name of an alias.
    pub value: Cow<'a, str>,
    /// Comment above the node: lines joined by line feeds, each with or without its `#`.
    pub head: Cow<'a, str>,
    /// Comment behind the node, on its line. On a key it stands behind the colon or the value.
    pub line: Cow<'a, str>,
    /// Comment below the node. On a key it stands below the value.
    pub foot: Cow<'a, str>,
    /// The one root of a document, the items of a list, or keys and values of a mapping in turn.
    pub children: Vec<Node<'a>>,
}

/// What a [`Node`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A document with one root.
    Document,
    /// Keys and values.
    Mapping,
    /// Items.
    Sequence,
    /// A text.
    #[default]
    Scalar,
    /// A reference to a node with an anchor.
    Alias,
}

/// How a [`Node`] is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Without quotes, or with one entry a line. A text with line feeds becomes a literal block.
    #[default]
    Plain,
    /// In double quotes.
    Double,
    /// In single quotes.
    Single,
    /// As a literal block (`|`).
    Literal,
    /// As a folded block (`>`).
    Folded,
    /// A collection in brackets or braces.
    Flow,
}

impl<'a> Node<'a> {
    /// A scalar that is a string: plain, or in double quotes if it would read as something else to anyone.
    pub fn string(value: impl Into<Cow<'a, str>>) -> Node<'a> {
        let value = value.into();
        let style = if reads_as_other(&value) { Style::Double } else { Style::Plain };
        Node { value, tag: "!!str".into(), style, ..Node::default() }
    }

    /// A plain scalar as it stands: a number, `true`, `null`.
    pub fn plain(value: impl Into<Cow<'a, str>>) -> Node<'a> {
        Node { value: value.into(), ..Node::default() }
    }

    /// A mapping with these keys and values in turn.
    pub fn mapping(children: Vec<Node<'a>>) -> Node<'a> {
        Node { kind: Kind::Mapping, children, ..Node::default() }
    }

    /// A list of these items.
    pub fn sequence(children: Vec<Node<'a>>) -> Node<'a> {
        Node { kind: Kind::Sequence, children, ..Node::default() }
    }
}
