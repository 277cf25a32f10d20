//! From text to nodes.

use crate::error::SyntaxError;
use crate::source::{Position, Source};
use crate::tree::{Options, Tree};

use parser::Parser;

mod class;
mod comments;
mod fault;
mod lane;
mod look;
mod nodes;
mod parser;
mod property;
mod scalar;
mod scanner;
mod token;

pub(crate) fn parse(source: &Source, options: Options) -> (Tree<'_>, Option<SyntaxError>) {
    if source.cut().is_none() && !options.comments {
        let (tree, error) = Parser::new(source, options, false).run();
        if error.is_none() {
            return (tree, None);
        }
    }
    // Which fault comes first, and what is complete before it, shows only in the order in which the reference looks at the
    // text. Reading that way from the beginning costs faulty texts some time, and good ones none.
    Parser::new(source, options, true).run()
}

/// The position of a mark. The mark behind the end of the text is the line after an unfinished last one.
pub(crate) fn mark_position(source: &Source, mark: u32) -> Position {
    let position = source.position(mark);
    if mark as usize > source.text().len() { Position { line: position.line + 1, column: 1 } } else { position }
}

/// The line of a mark. Cheaper than its position.
pub(crate) fn mark_line(source: &Source, mark: u32) -> u32 {
    source.line_of(mark) + u32::from(mark as usize > source.text().len())
}
