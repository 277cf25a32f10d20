//! The input: its name, its text, and which part of it can be read.

use std::fmt;
use std::hint::black_box;
use std::sync::OnceLock;

use crate::error::Problem;

mod encoding;
pub(crate) mod lines;

use lines::Lines;

/// A text to read, with the name that messages call it by. Wiped from memory when dropped.
///
/// UTF-16 with a byte order mark is converted to UTF-8; offsets count bytes of [`text`](Self::text).
pub struct Source {
    name: String,
    text: String,
    /// Where the content begins: after a byte order mark.
    start: usize,
    ascii: bool,
    cut: Option<Cut>,
    lines: OnceLock<Lines>,
}

/// A character that may not be in a text.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    pub(crate) problem: Problem,
    /// Where it stands; the text ends here.
    pub(crate) offset: usize,
    /// The reader looks at the input in blocks and sees nothing of the block with the bad character.
    pub(crate) visible: usize,
}

/// A place in a text, as people count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1. CR, LF, CR LF, NEL, LS and PS end a line.
    pub line: u32,
    /// Column, from 1, in characters; a tab is one.
    pub column: u32,
}

impl Source {
    /// Takes an input. Whether it can be read is said by [`Tree::parse`](crate::tree::Tree::parse).
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let decoded = encoding::decode(bytes.into());
        Self {
            name: name.into(),
            text: decoded.text,
            start: decoded.start,
            ascii: decoded.ascii,
            cut: decoded.cut,
            lines: OnceLock::new(),
        }
    }

    /// The name given at the beginning, such as a path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text in UTF-8, up to the first character that may not be there.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line and column of a byte offset; an offset beyond the end counts as the end.
    pub fn position(&self, offset: u32) -> Position {
        self.index().position(&self.text, self.ascii, offset as usize)
    }

    /// The line of a byte offset, from 1. On long lines this is cheaper than the whole position.
    pub fn line_of(&self, offset: u32) -> u32 {
        self.index().line_of(offset as usize)
    }

    /// The text of a line without its end, counted from 1.
    pub fn line(&self, line: u32) -> Option<&str> {
        self.index().text(&self.text, line)
    }

    pub(crate) fn start(&self) -> usize {
        self.start
    }

    pub(crate) fn is_ascii(&self) -> bool {
        self.ascii
    }

    pub(crate) fn cut(&self) -> Option<&Cut> {
        self.cut.as_ref()
    }

    fn index(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::new(&self.text, self.start, self.ascii))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        wipe(std::mem::take(&mut self.text).into_bytes());
    }
}

/// Overwrites bytes that may have been secret.
pub(crate) fn wipe(mut bytes: Vec<u8>) {
    bytes.fill(0);
    black_box(bytes.as_slice());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_text() {
        assert_eq!(format!("{:?}", Source::new("a.yaml", "token: x")), "Source { name: \"a.yaml\", bytes: 8, .. }");
    }

    #[test]
    fn positions_count_characters() {
        let source = Source::new("", "\u{feff}é: b\r\n\tc\u{2028}d\n");
        let at = |offset| {
            let Position { line, column } = source.position(offset);
            (line, column)
        };
        assert_eq!(at(3), (1, 1));
        assert_eq!(at(5), (1, 2));
        assert_eq!(at(10), (2, 1));
        assert_eq!(at(11), (2, 2));
        assert_eq!(at(15), (3, 1));
        assert_eq!(at(17), (4, 1));
        assert_eq!(at(99), (4, 1));
        assert_eq!(source.line(2), Some("\tc"));
        assert_eq!(source.line(4), Some(""));
        assert_eq!(source.line(5), None);
    }
}
