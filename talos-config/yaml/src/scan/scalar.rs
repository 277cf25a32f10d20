//! Plain, quoted and block scalars.

use std::ops::Range;

use super::class::{BLANK, BREAK, COLON, END, FLOW, class};
use super::fault::Result;
use super::scanner::Scanner;
use super::token::{Token, TokenKind};
use crate::error::Problem;
use crate::tree::Style;

impl Scanner<'_> {
    /// A plain scalar, over all lines that are indented deeper than the collection around it.
    pub(super) fn scan_plain(&mut self) -> Result<Token> {
        let start = self.pos;
        let mut end = start;
        let mut folded = false;
        // The last gap holds a line end, and no text has come behind it.
        let mut new_line = false;
        loop {
            self.need(4)?;
            if self.at_line_start() && self.at_document_marker() || self.byte(self.pos) == b'#' {
                break;
            }
            let run = self.pos;
            self.skip_plain_run();
            if self.pos > run {
                self.need(2)?;
                folded |= new_line;
                new_line = false;
                end = self.pos;
            }
            let gap = self.pos;
            new_line |= self.skip_plain_gap(start)?;
            if self.pos == gap || new_line && !self.in_flow() && (self.column() as i32) <= self.indent {
                break;
            }
        }
        if new_line {
            self.key_allowed = true;
        }
        let mut token = Token::new(TokenKind::Scalar, start, end);
        if folded {
            let own_start = self.texts.len();
            self.push_folded(start..end);
            self.own(&mut token, own_start);
        }
        Ok(token)
    }

    /// Passes characters up to a blank, a line end, or what ends a plain scalar.
    fn skip_plain_run(&mut self) {
        let stops = if self.in_flow() { BLANK | BREAK | END | COLON | FLOW } else { BLANK | BREAK | END | COLON };
        loop {
            let class = class(self.byte(self.pos)) & stops;
            let stop = match class {
                0 => false,
                BREAK => self.break_width(self.pos) > 0,
                COLON => self.is_blank_or_end(self.pos + 1),
                _ => true,
            };
            if stop {
                return;
            }
            self.pos += 1;
        }
    }

    /// Passes blanks and line ends; true if there was a line end.
    fn skip_plain_gap(&mut self, start: usize) -> Result<bool> {
        let mut new_line = false;
        loop {
            match self.byte(self.pos) {
                b'\t' if new_line && (self.column() as i32) <= self.indent => {
                    return Err(self.fault(Problem::TabInPlain, start));
                }
                b' ' | b'\t' => self.pos += 1,
                _ if self.skip_break()? => new_line = true,
                _ => {
                    self.need(1)?;
                    return Ok(new_line);
                }
            }
        }
    }

    /// Joins lines: blanks around a line end vanish, one line end becomes a blank, of more the first vanishes.
    fn push_folded(&mut self, range: Range<usize>) {
        let mut at = range.start;
        loop {
            let line = at;
            let mut text_end = line;
            while at < range.end && self.break_width(at) == 0 {
                if class(self.bytes[at]) & BLANK == 0 {
                    text_end = at + 1;
                }
                at += 1;
            }
            let whole = if at == range.end { at } else { text_end };
            self.push_slice(line..whole);
            if at == range.end {
                return;
            }
            at = self.push_line_ends(at, true);
        }
    }

    /// Takes the line ends and blanks from an offset on, and gives the offset behind. The first line end folds.
    fn push_line_ends(&mut self, mut at: usize, fold: bool) -> usize {
        let start = self.texts.len();
        loop {
            match self.break_width(at) {
                0 if class(self.byte(at)) & BLANK != 0 => at += 1,
                0 => break,
                width => {
                    self.texts.push(self.break_character(at));
                    at += width;
                }
            }
        }
        if fold && self.texts[start..].starts_with('\n') {
            if self.texts.len() - start == 1 {
                self.texts.truncate(start);
                self.texts.push(' ');
            } else {
                self.texts.remove(start);
            }
        }
        at
    }

    pub(super) fn scan_quoted(&mut self, quote: u8) -> Result<Token> {
        let start = self.pos;
        if let Some(token) = self.simple_quoted(start) {
            self.pos = token.end as usize;
            return Ok(token);
        }
        let own_start = self.texts.len();
        self.pos += 1;
        while !self.scan_quoted_part(quote, start)? {}
        let mut token = Token::new(TokenKind::Scalar, start, self.pos);
        token.style = quoted_style(quote);
        self.own(&mut token, own_start);
        Ok(token)
    }

    /// The quoted scalar at a place, if the text between its quotes stands for itself.
    pub(super) fn simple_quoted(&self, start: usize) -> Option<Token> {
        let quote = self.byte(start);
        let end = self.find_simple_quote(quote, start + 1)?;
        let mut token = Token::new(TokenKind::Scalar, start, end + 1);
        token.first = start as u32 + 1;
        token.second = end as u32;
        token.style = quoted_style(quote);
        Some(token)
    }

    fn find_simple_quote(&self, quote: u8, from: usize) -> Option<usize> {
        if self.cut {
            return None;
        }
        let rest = &self.bytes[from..];
        let end = from + if quote == b'"' { memchr::memchr2(quote, b'\\', rest) } else { memchr::memchr(quote, rest) }?;
        if self.bytes[end] != quote || quote == b'\'' && self.byte(end + 1) == quote {
            return None;
        }
        (self.find_line_end(from, end) == end).then_some(end)
    }

    /// Text, and the gap behind it. True at the closing quote.
    fn scan_quoted_part(&mut self, quote: u8, start: usize) -> Result<bool> {
        self.need(4)?;
        if self.at_line_start() && self.at_document_marker() {
            return Err(self.fault(Problem::DocumentIndicator, start));
        }
        if self.pos == self.bytes.len() {
            return Err(self.fault(Problem::EndOfStream, start));
        }
        loop {
            let run = self.pos;
            self.skip_quoted_run(quote);
            self.push_slice(run..self.pos);
            self.need(2)?;
            match self.byte(self.pos) {
                b'\'' if quote == b'\'' && self.byte(self.pos + 1) == b'\'' => {
                    self.texts.push('\'');
                    self.pos += 2;
                }
                byte if byte == quote => {
                    self.pos += 1;
                    return Ok(true);
                }
                b'\\' if quote == b'"' && self.break_width(self.pos + 1) > 0 => {
                    self.pos += 1;
                    self.skip_break()?;
                    self.skip_quoted_gap(false)?;
                    return Ok(false);
                }
                b'\\' if quote == b'"' => self.scan_escape(start)?,
                _ => {
                    self.skip_quoted_gap(true)?;
                    return Ok(false);
                }
            }
        }
    }

    fn skip_quoted_run(&mut self, quote: u8) {
        loop {
            let byte = self.byte(self.pos);
            let stop = match class(byte) & (BLANK | BREAK | END) {
                0 => byte == quote || byte == b'\\' && quote == b'"',
                BREAK => self.break_width(self.pos) > 0,
                _ => true,
            };
            if stop {
                return;
            }
            self.pos += 1;
        }
    }

    /// Blanks stay unless there is a line end among them; that folds, or has vanished already behind a backslash.
    fn skip_quoted_gap(&mut self, fold: bool) -> Result<()> {
        let gap = self.pos;
        let mut new_line = !fold;
        loop {
            match self.byte(self.pos) {
                b' ' | b'\t' => self.pos += 1,
                _ if self.skip_break()? => new_line = true,
                _ => break,
            }
        }
        self.need(1)?;
        if new_line {
            self.push_line_ends(gap, fold);
        } else {
            self.push_slice(gap..self.pos);
        }
        Ok(())
    }

    fn scan_escape(&mut self, start: usize) -> Result<()> {
        let digits = match self.byte(self.pos + 1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            byte => {
                let Some(character) = escape(byte) else { return Err(self.fault(Problem::Escape, start)) };
                self.texts.push(character);
                self.pos += 2;
                return Ok(());
            }
        };
        self.pos += 2;
        self.need(digits)?;
        let mut code = 0_u32;
        for at in self.pos..self.pos + digits {
            let Some(digit) = char::from(self.byte(at)).to_digit(16) else {
                return Err(self.fault(Problem::EscapeDigits, start));
            };
            code = code << 4 | digit;
        }
        let Some(character) = char::from_u32(code) else { return Err(self.fault(Problem::EscapeCode, start)) };
        self.texts.push(character);
        self.pos += digits;
        Ok(())
    }

    pub(super) fn scan_block(&mut self, literal: bool) -> Result<Token> {
        let start = self.pos;
        self.pos += 1;
        let (chomp, increment) = self.scan_block_header(start)?;
        let mut end = self.pos;
        self.skip_blanks()?;
        if self.byte(self.pos) == b'#' {
            let comment = self.pos;
            self.skip_to_line_end()?;
            self.note_line_comment(start as u32, comment);
        }
        if !self.is_line_end() {
            return Err(self.fault(Problem::LineEndExpected, start));
        }
        self.skip_break()?;
        let mut indent = if increment > 0 { self.indent.max(0) as usize + increment } else { 0 };
        let own_start = self.texts.len();
        let mut line_end = None;
        let mut line_ends = String::new();
        let mut after_blank = false;
        self.skip_block_indent(&mut indent, &mut line_ends, start)?;
        while self.pos - self.line_start == indent && self.pos < self.bytes.len() {
            let blank = class(self.byte(self.pos)) & BLANK != 0;
            match line_end {
                Some('\n') if !literal && !after_blank && !blank => {
                    if line_ends.is_empty() {
                        self.texts.push(' ');
                    }
                }
                line_end => self.texts.extend(line_end),
            }
            self.texts.push_str(&line_ends);
            line_ends.clear();
            after_blank = blank;
            end = self.find_line_end(self.pos, self.bytes.len());
            self.push_slice(self.pos..end);
            self.pos = end;
            self.need(1)?;
            line_end = (self.pos < self.bytes.len()).then(|| self.break_character(self.pos));
            self.skip_break()?;
            self.skip_block_indent(&mut indent, &mut line_ends, start)?;
        }
        if chomp != Chomp::Strip {
            self.texts.extend(line_end);
        }
        if chomp == Chomp::Keep {
            self.texts.push_str(&line_ends);
        }
        let mut token = Token::new(TokenKind::Scalar, start, end);
        token.style = if literal { Style::Literal } else { Style::Folded };
        self.own(&mut token, own_start);
        Ok(token)
    }

    /// How to end the text, and the digit of the indentation; in any order.
    fn scan_block_header(&mut self, start: usize) -> Result<(Chomp, usize)> {
        let mut chomp = None;
        let mut increment = 0;
        loop {
            self.need(1)?;
            match self.byte(self.pos) {
                byte @ (b'+' | b'-') if chomp.is_none() => {
                    chomp = Some(if byte == b'+' { Chomp::Keep } else { Chomp::Strip });
                }
                b'0' if increment == 0 => return Err(self.fault(Problem::IndentationZero, start)),
                byte @ b'1'..=b'9' if increment == 0 => increment = usize::from(byte - b'0'),
                _ => return Ok((chomp.unwrap_or(Chomp::Clip), increment)),
            }
            self.pos += 1;
        }
    }

    /// Passes indentation and empty lines. An indentation of zero is still to be found: it is that of the longest of these
    /// lines, but deeper than the collection around it.
    fn skip_block_indent(&mut self, indent: &mut usize, line_ends: &mut String, start: usize) -> Result<()> {
        let mut longest = 0;
        loop {
            let limit = if *indent == 0 { usize::MAX } else { *indent };
            while self.byte(self.pos) == b' ' && self.pos - self.line_start < limit {
                self.pos += 1;
            }
            self.need(1)?;
            let column = self.pos - self.line_start;
            longest = longest.max(column);
            if self.byte(self.pos) == b'\t' && column < limit {
                return Err(self.fault(Problem::TabInBlock, start));
            }
            if self.break_width(self.pos) == 0 {
                break;
            }
            line_ends.push(self.break_character(self.pos));
            self.skip_break()?;
        }
        if *indent == 0 {
            *indent = longest.max((self.indent + 1).max(1) as usize);
        }
        Ok(())
    }

    pub(super) fn at_line_start(&self) -> bool {
        self.pos == self.line_start
    }

    fn push_slice(&mut self, range: Range<usize>) {
        self.texts.push_str(&self.source.text()[range]);
    }

    /// The text of the token is what has been pushed since.
    fn own(&self, token: &mut Token, start: usize) {
        token.first = start as u32;
        token.second = self.texts.len() as u32;
        token.own = true;
    }

    /// What a line end reads as.
    fn break_character(&self, at: usize) -> char {
        match (self.byte(at), self.byte(at + 2)) {
            (0xE2, 0xA8) => '\u{2028}',
            (0xE2, _) => '\u{2029}',
            _ => '\n',
        }
    }
}

fn quoted_style(quote: u8) -> Style {
    if quote == b'"' { Style::Double } else { Style::Single }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

/// What a backslash makes of the byte behind it.
fn escape(byte: u8) -> Option<char> {
    Some(match byte {
        b'0' => '\0',
        b'a' => '\x07',
        b'b' => '\x08',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\x0B',
        b'f' => '\x0C',
        b'r' => '\r',
        b'e' => '\x1B',
        b' ' => ' ',
        b'"' => '"',
        b'\'' => '\'',
        b'\\' => '\\',
        b'N' => '\u{85}',
        b'_' => '\u{A0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}
