//! Anchors, aliases, tags and directives.

use super::class::{TAG, WORD, class};
use super::fault::Result;
use super::scanner::{Scanner, TagDirective, TagParts};
use super::token::{Token, TokenKind};
use crate::error::Problem;
use crate::tree::{Span, Text};

impl Scanner<'_> {
    pub(super) fn scan_anchor(&mut self, kind: TokenKind) -> Result<Token> {
        let start = self.pos;
        self.pos += 1;
        let name = self.skip_word();
        let ends = self.is_blank_or_end(self.pos)
            || matches!(self.byte(self.pos), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        self.need(1)?;
        if name.start == name.end || !ends {
            return Err(self.fault(Problem::AnchorName, start));
        }
        let mut token = Token::new(kind, start, self.pos);
        token.first = name.start;
        token.second = name.end;
        Ok(token)
    }

    pub(super) fn scan_tag(&mut self) -> Result<Token> {
        let start = self.pos;
        let parts = if self.byte(start + 1) == b'<' {
            self.pos += 2;
            let suffix = self.scan_tag_text(start, self.pos, false)?;
            if self.byte(self.pos) != b'>' {
                return Err(self.fault(Problem::TagEnd, start));
            }
            self.pos += 1;
            TagParts { handle: Span::default(), suffix }
        } else {
            self.scan_short_tag(start)?
        };
        self.need(1)?;
        if !self.is_blank_or_end(self.pos) {
            return Err(self.fault(Problem::BlankOrBreak, start));
        }
        let mut token = Token::new(TokenKind::Tag, start, self.pos);
        token.first = self.tags.len() as u32;
        self.tags.push(parts);
        Ok(token)
    }

    /// `!`, `!suffix`, `!!suffix` or `!handle!suffix`.
    fn scan_short_tag(&mut self, start: usize) -> Result<TagParts> {
        let handle = self.scan_tag_handle(start, false)?;
        if handle.end - handle.start > 1 && self.bytes[handle.end as usize - 1] == b'!' {
            let suffix = self.scan_tag_text(start, self.pos, false)?;
            return Ok(TagParts { handle, suffix });
        }
        // What looked like a handle is the beginning of the suffix.
        let suffix = self.scan_tag_text(start, handle.start as usize + 1, true)?;
        let exclamation = Span { start: handle.start, end: handle.start + 1 };
        if suffix.span.start == suffix.span.end {
            let suffix = Text { span: exclamation, own: false };
            return Ok(TagParts { handle: Span::default(), suffix });
        }
        Ok(TagParts { handle: exclamation, suffix })
    }

    fn scan_tag_handle(&mut self, start: usize, directive: bool) -> Result<Span> {
        self.need(1)?;
        let from = self.pos;
        if self.byte(from) != b'!' {
            return Err(self.fault(Problem::ExclamationMark, start));
        }
        self.pos += 1;
        self.skip_word();
        self.need(1)?;
        if self.byte(self.pos) == b'!' {
            self.pos += 1;
        } else if directive && self.pos - from > 1 {
            return Err(self.fault(Problem::ExclamationMark, start));
        }
        Ok(Span { start: from as u32, end: self.pos as u32 })
    }

    /// The text of a tag from `from`, part of which may have been passed. `given` allows it to be empty.
    fn scan_tag_text(&mut self, start: usize, from: usize, given: bool) -> Result<Text> {
        let mut own_from = None;
        let mut slice_from = from;
        while class(self.byte(self.pos)) & (WORD | TAG) != 0 {
            if self.byte(self.pos) == b'%' {
                own_from.get_or_insert(self.texts.len());
                self.texts.push_str(&self.source.text()[slice_from..self.pos]);
                self.scan_tag_escape(start)?;
                slice_from = self.pos;
            } else {
                self.pos += 1;
            }
        }
        self.need(1)?;
        if self.pos == from && !given {
            return Err(self.fault(Problem::TagText, start));
        }
        Ok(match own_from {
            Some(own_from) => {
                self.texts.push_str(&self.source.text()[slice_from..self.pos]);
                Text { span: Span { start: own_from as u32, end: self.texts.len() as u32 }, own: true }
            }
            None => Text { span: Span { start: from as u32, end: self.pos as u32 }, own: false },
        })
    }

    /// One character as `%XX` for each of its bytes.
    fn scan_tag_escape(&mut self, start: usize) -> Result<()> {
        let mut bytes = [0; 4];
        let mut width = 1;
        let mut at = 0;
        while at < width {
            self.need(3)?;
            let digit = |at: usize| char::from(self.byte(at)).to_digit(16);
            let (b'%', Some(high), Some(low)) = (self.byte(self.pos), digit(self.pos + 1), digit(self.pos + 2)) else {
                return Err(self.fault(Problem::TagEscape, start));
            };
            let byte = (high << 4 | low) as u8;
            if at == 0 {
                width = match byte {
                    0x00..=0x7F => 1,
                    0xC0..=0xDF => 2,
                    0xE0..=0xEF => 3,
                    0xF0..=0xF7 => 4,
                    _ => return Err(self.fault(Problem::TagLeadingByte, start)),
                };
            } else if byte & 0xC0 != 0x80 {
                return Err(self.fault(Problem::TagTrailingByte, start));
            }
            bytes[at] = byte;
            at += 1;
            self.pos += 3;
        }
        self.texts.push_str(&String::from_utf8_lossy(&bytes[..width]));
        Ok(())
    }

    pub(super) fn scan_directive(&mut self) -> Result<()> {
        let start = self.pos;
        self.pos += 1;
        let name = self.skip_word();
        self.need(1)?;
        if name.start == name.end {
            return Err(self.fault(Problem::DirectiveName, start));
        }
        if !self.is_blank_or_end(self.pos) {
            return Err(self.fault(Problem::DirectiveCharacter, start));
        }
        let mut token = match &self.bytes[name.start as usize..name.end as usize] {
            b"YAML" => self.scan_version(start)?,
            b"TAG" => self.scan_tag_directive(start)?,
            _ => return Err(self.fault(Problem::UnknownDirective, start)),
        };
        token.end = self.pos as u32;
        self.skip_blanks()?;
        if self.byte(self.pos) == b'#' {
            self.skip_to_line_end()?;
        }
        if !self.is_line_end() {
            return Err(self.fault(Problem::LineEndExpected, start));
        }
        self.skip_break()?;
        self.push(token);
        Ok(())
    }

    fn scan_version(&mut self, start: usize) -> Result<Token> {
        self.skip_blanks()?;
        let major = self.scan_version_number(start)?;
        if self.byte(self.pos) != b'.' {
            return Err(self.fault(Problem::VersionDot, start));
        }
        self.pos += 1;
        let minor = self.scan_version_number(start)?;
        let mut token = Token::new(TokenKind::VersionDirective, start, self.pos);
        token.first = major;
        token.second = minor;
        Ok(token)
    }

    fn scan_version_number(&mut self, start: usize) -> Result<u32> {
        let from = self.pos;
        let mut number = 0;
        self.need(1)?;
        while self.byte(self.pos).is_ascii_digit() {
            if self.pos - from == 2 {
                return Err(self.fault(Problem::LongVersionNumber, start));
            }
            number = number * 10 + u32::from(self.byte(self.pos) - b'0');
            self.pos += 1;
            self.need(1)?;
        }
        if self.pos == from {
            return Err(self.fault(Problem::VersionNumber, start));
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self, start: usize) -> Result<Token> {
        self.skip_blanks()?;
        let handle = self.scan_tag_handle(start, true)?;
        self.need(1)?;
        if !matches!(self.byte(self.pos), b' ' | b'\t') {
            return Err(self.fault(Problem::Blank, start));
        }
        self.skip_blanks()?;
        let prefix = self.scan_tag_text(start, self.pos, false)?;
        self.need(1)?;
        if !self.is_blank_or_end(self.pos) {
            return Err(self.fault(Problem::BlankOrBreak, start));
        }
        let mut token = Token::new(TokenKind::TagDirective, start, self.pos);
        token.first = self.directives.len() as u32;
        self.directives.push(TagDirective { handle, prefix });
        Ok(token)
    }

    fn skip_word(&mut self) -> Span {
        let start = self.pos as u32;
        while class(self.byte(self.pos)) & WORD != 0 {
            self.pos += 1;
        }
        Span { start, end: self.pos as u32 }
    }

    pub(super) fn skip_blanks(&mut self) -> Result<()> {
        while matches!(self.byte(self.pos), b' ' | b'\t') {
            self.pos += 1;
        }
        self.need(1)
    }

    /// True at a line end or the end of the text.
    pub(super) fn is_line_end(&self) -> bool {
        self.pos == self.bytes.len() || self.break_width(self.pos) > 0
    }
}
