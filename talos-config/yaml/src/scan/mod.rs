//! From text to nodes.

use crate::error::SyntaxError;
use crate::source::{Position, Source};
use crate::tree::{Options, Tree};

pub(crate) fn parse(source: &Source, options: Options) -> (Tree<'_>, Option<SyntaxError>) {
    let tree = Tree {
        source,
        dialect: options.dialect,
        nodes: Vec::new(),
        texts: String::new(),
        documents: Vec::new(),
        properties: Vec::new(),
        comments: Vec::new(),
    };
    (tree, None)
}

/// The position of a mark. The mark behind the end of the text is the line after an unfinished last one.
pub(crate) fn mark_position(source: &Source, mark: u32) -> Position {
    let position = source.position(mark);
    if mark as usize > source.text().len() { Position { line: position.line + 1, column: 1 } } else { position }
}
