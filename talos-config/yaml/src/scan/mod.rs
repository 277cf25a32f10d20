//! From text to nodes.

use crate::error::SyntaxError;
use crate::source::{Position, Source};
use crate::tree::{Options, Tree};

mod class;
mod fault;
mod lane;
mod parser;
mod property;
mod scalar;
mod scanner;
mod token;

pub(crate) fn parse(source: &Source, options: Options) -> (Tree<'_>, Option<SyntaxError>) {
    parser::Parser::new(source, !options.comments).run(options)
}

/// The position of a mark. The mark behind the end of the text is the line after an unfinished last one.
pub(crate) fn mark_position(source: &Source, mark: u32) -> Position {
    let position = source.position(mark);
    if mark as usize > source.text().len() { Position { line: position.line + 1, column: 1 } } else { position }
}

fn line_of(source: &Source, mark: usize) -> u32 {
    mark_position(source, mark as u32).line
}
