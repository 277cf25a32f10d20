//! A fault while it is on its way out.

use super::mark_line;
use crate::error::{Problem, SyntaxError};
use crate::source::Source;

/// Boxed, because it is rare and passed through many hands.
pub(super) type Result<T> = std::result::Result<T, Box<Fault>>;

#[derive(Debug)]
pub(super) struct Fault {
    pub(super) problem: Problem,
    pub(super) at: usize,
    pub(super) context: Option<usize>,
    pub(super) origin: Origin,
}

/// Who has found a fault; it changes how the line is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The characters: no line.
    Text,
    /// A token.
    Token,
    /// The order of tokens: the line is counted from zero.
    Grammar,
    /// The tree: no line.
    Tree,
}

impl Fault {
    pub(super) fn token(problem: Problem, context: usize, at: usize) -> Box<Self> {
        Box::new(Self { problem, at, context: Some(context), origin: Origin::Token })
    }

    pub(super) fn grammar(problem: Problem, context: Option<usize>, at: usize) -> Box<Self> {
        Box::new(Self { problem, at, context, origin: Origin::Grammar })
    }

    pub(super) fn into_error(self, source: &Source) -> SyntaxError {
        let lines_before = |mark: usize| mark_line(source, mark as u32) - 1;
        let line = match self.origin {
            Origin::Text | Origin::Tree => 0,
            Origin::Token | Origin::Grammar => {
                let line = self.context.map_or(0, lines_before);
                let line = if line == 0 { lines_before(self.at) } else { line };
                if line > 0 && self.origin == Origin::Token { line + 1 } else { line }
            }
        };
        let clamp = |mark: usize| mark.min(source.text().len()) as u32;
        SyntaxError {
            problem: self.problem,
            offset: clamp(self.at),
            context: self.context.map(clamp),
            line: (line > 0).then_some(line),
        }
    }
}
