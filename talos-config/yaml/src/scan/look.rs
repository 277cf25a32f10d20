//! Where the scanner is, what it sees there, and how it passes what means nothing.

use super::class::{BLANK, BREAK, END, NUL, class};
use super::fault::{Fault, Origin, Result};
use super::scanner::Scanner;
use crate::error::Problem;
use crate::source::lines::{count_characters, line_end};

/// Comments are looked for within so many bytes.
const WINDOW: usize = 512;

impl Scanner<'_> {
    /// Passes blanks, comments and line ends. Tabs are blanks only where no key may begin.
    pub(super) fn skip_to_token(&mut self) -> Result<()> {
        let from = self.pos;
        loop {
            self.skip_double_mark();
            loop {
                match self.byte(self.pos) {
                    b' ' => self.pos += 1,
                    b'\t' if self.in_flow() || !self.key_allowed => self.pos += 1,
                    _ => break,
                }
            }
            self.need(1)?;
            if self.byte(self.pos) == b'#' {
                self.skip_comments()?;
            }
            if !self.skip_break()? {
                self.sort_comments(from);
                return Ok(());
            }
            if !self.in_flow() {
                self.key_allowed = true;
            }
        }
    }

    /// A second byte order mark at the very beginning is passed, and takes a column.
    pub(super) fn skip_double_mark(&mut self) {
        if self.pos == self.source.start() && self.bytes[self.pos..].starts_with("\u{feff}".as_bytes()) {
            self.pos += 3;
        }
    }

    /// Passes a comment, and all comments after it with nothing but blanks between them, tabs too.
    pub(super) fn skip_comments(&mut self) -> Result<()> {
        loop {
            let (start, column) = (self.pos, self.column());
            self.skip_to_line_end()?;
            self.note_comment(start, column);
            let from = self.pos;
            let window = &self.bytes[from.min(self.bytes.len())..self.bytes.len().min(from + WINDOW)];
            let Some(gap) = window.iter().skip(1).position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) else {
                return Ok(());
            };
            if window[gap + 1] != b'#' {
                return Ok(());
            }
            let comment = from + 1 + gap;
            while self.pos < comment {
                if !self.skip_break()? {
                    self.pos += 1;
                }
            }
        }
    }

    /// A comment on the line of a token belongs to it and is passed at once, even right behind it.
    pub(super) fn skip_line_comment(&mut self, token_end: usize, owner: u32) -> Result<()> {
        if token_end < self.line_start || !matches!(self.byte(self.pos), b' ' | b'\t' | b'#') {
            return Ok(());
        }
        let window = &self.bytes[self.pos..self.bytes.len().min(self.pos + WINDOW)];
        let Some(blanks) = window.iter().position(|byte| !matches!(byte, b' ' | b'\t')) else { return Ok(()) };
        if window[blanks] == b'#' {
            self.pos += blanks;
            let start = self.pos;
            self.skip_to_line_end()?;
            self.note_line_comment(owner, start);
        }
        Ok(())
    }

    pub(super) fn skip_to_line_end(&mut self) -> Result<()> {
        self.pos = self.find_line_end(self.pos, self.bytes.len());
        self.need(1)
    }

    /// The first line end between two offsets, or the second of them.
    pub(super) fn find_line_end(&self, from: usize, to: usize) -> usize {
        let end = memchr::memchr2(b'\n', b'\r', &self.bytes[from..to]).map_or(to, |at| from + at);
        if self.ascii {
            return end;
        }
        let mut wide = memchr::memchr2_iter(0xC2, 0xE2, &self.bytes[from..end]).map(|at| from + at);
        wide.find(|&at| line_end(self.bytes, at) > 0).unwrap_or(end)
    }

    /// Passes a line end; false if there is none.
    pub(super) fn skip_break(&mut self) -> Result<bool> {
        let width = self.break_width(self.pos);
        if width == 0 {
            return Ok(false);
        }
        self.need(2)?;
        self.pos += width;
        self.line_start = self.pos;
        Ok(true)
    }

    /// The bytes of the line end at an offset, none if there is no line end.
    pub(super) fn break_width(&self, at: usize) -> usize {
        match self.bytes.get(at) {
            Some(&byte) if class(byte) & BREAK != 0 => line_end(self.bytes, at),
            _ => 0,
        }
    }

    pub(super) fn is_blank_or_end(&self, at: usize) -> bool {
        let class = class(self.byte(at));
        class & (BLANK | END) != 0 || class & BREAK != 0 && self.break_width(at) > 0
    }

    /// `---` or `...` with a blank behind it; the caller knows that the column is the first.
    pub(super) fn at_document_marker(&self) -> bool {
        matches!(self.bytes.get(self.pos..self.pos + 3), Some(b"---" | b"...")) && self.is_blank_or_end(self.pos + 3)
    }

    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(NUL)
    }

    /// Fails if so many characters cannot be seen because of a bad one.
    #[inline(always)]
    pub(super) fn need(&self, characters: usize) -> Result<()> {
        if self.cut { self.need_before_cut(characters) } else { Ok(()) }
    }

    #[cold]
    pub(super) fn need_before_cut(&self, characters: usize) -> Result<()> {
        let rest = &self.bytes[self.pos..];
        let enough = rest.len() >= 4 * characters || count_characters(rest) >= characters;
        if enough { Ok(()) } else { Err(self.cut_fault()) }
    }

    pub(super) fn cut_fault(&self) -> Box<Fault> {
        let cut = self.source.cut().expect("only a cut text is too short");
        Box::new(Fault { problem: cut.problem.clone(), at: cut.offset, context: None, origin: Origin::Text })
    }

    pub(super) fn fault(&self, problem: Problem, context: usize) -> Box<Fault> {
        Fault::token(problem, context, self.pos)
    }

    pub(super) fn is_first_column(&self) -> bool {
        self.pos == self.line_start
    }

    /// The column of the present place, from zero, in characters.
    pub(super) fn column(&mut self) -> usize {
        if self.column_pos < self.line_start {
            self.column_pos = self.line_start;
            self.column = 0;
        }
        self.column += count_characters(&self.bytes[self.column_pos..self.pos]);
        self.column_pos = self.pos;
        self.column
    }
}
