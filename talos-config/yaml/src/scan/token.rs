//! The pieces that a text is cut into.

use crate::tree::Style;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    StreamEnd,
    VersionDirective,
    TagDirective,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Scalars: the range of the text. Anchors and aliases: of the name. Tags and directives: `first` is their number.
    pub(super) first: u32,
    pub(super) second: u32,
    /// The level of brackets whose possible key begins with this token.
    pub(super) key_level: u32,
    pub(super) kind: TokenKind,
    pub(super) style: Style,
    /// The text is not a slice of the source.
    pub(super) own: bool,
}

/// What the grammar needs to know of most tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peek {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) kind: TokenKind,
}

impl Token {
    pub(super) fn peek(&self) -> Peek {
        Peek { start: self.start, end: self.end, kind: self.kind }
    }

    pub(super) fn new(kind: TokenKind, start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
            first: start as u32,
            second: end as u32,
            key_level: NO_KEY,
            kind,
            style: Style::Plain,
            own: false,
        }
    }
}

pub(super) const NO_KEY: u32 = u32::MAX;

/// The token may begin a key, but that is not waited for.
pub(super) const FORGOTTEN_KEY: u32 = u32::MAX - 1;
