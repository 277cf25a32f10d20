//! Cuts the text into tokens.
//!
//! Whether a token begins a key shows only at a colon behind it, so tokens wait in a queue until that is settled.

use super::class::{BLANK, COLON, INDICATOR, NUL, class};
use super::comments::{BlockEnd, Notes};
use super::fault::Result;
use super::token::{FORGOTTEN_KEY, NO_KEY, Peek, Token, TokenKind};
use crate::error::Problem;
use crate::source::Source;
use crate::source::lines::count_characters;
use crate::tree::{Span, Text};

/// Brackets in brackets, and indentations in indentations.
pub(super) const MAX_DEPTH: usize = 10_000;

/// A key without `?` may have so many characters before its colon.
pub(super) const MAX_KEY: usize = 1024;

/// So many tokens the reference always has at hand. It decides which of two faults is met first, whether a document before
/// a fault is complete, and which brackets can be keys.
const LOOK_AHEAD: usize = 3;

pub(super) struct Scanner<'s> {
    pub(super) source: &'s Source,
    /// The part that can be seen.
    pub(super) bytes: &'s [u8],
    pub(super) pos: usize,
    /// Where the present line begins.
    pub(super) line_start: usize,
    /// The column of `column_pos`; both are behind.
    pub(super) column: usize,
    pub(super) column_pos: usize,
    /// The text does not end where `bytes` do: a bad character follows.
    pub(super) cut: bool,
    pub(super) ascii: bool,
    /// Looks as far ahead as the reference does.
    strict: bool,
    /// The column of the innermost block collection, -1 outside of all.
    pub(super) indent: i32,
    pub(super) indents: Vec<i32>,
    /// One for each level of brackets, and one for outside.
    keys: Vec<PossibleKey>,
    pub(super) key_allowed: bool,
    tokens: Vec<Token>,
    head: usize,
    /// Tokens taken from the queue so far.
    taken: u64,
    ended: bool,
    /// The last token, and the one before it.
    last: [Peek; 2],
    pub(super) notes: Notes,
    pub(super) texts: String,
    pub(super) tags: Vec<TagParts>,
    pub(super) directives: Vec<TagDirective>,
}

/// A token that may turn out to begin a key.
#[derive(Clone, Copy)]
struct PossibleKey {
    possible: bool,
    /// Nothing but a key can stand there.
    required: bool,
    pos: usize,
    /// Outside of brackets only.
    column: usize,
    token: u64,
}

/// `!handle!suffix`; a verbatim tag has no handle.
#[derive(Clone, Copy)]
pub(super) struct TagParts {
    pub(super) handle: Span,
    pub(super) suffix: Text,
}

/// `%TAG handle prefix`.
#[derive(Clone, Copy)]
pub(super) struct TagDirective {
    pub(super) handle: Span,
    pub(super) prefix: Text,
}

impl<'s> Scanner<'s> {
    pub(super) fn new(source: &'s Source, strict: bool, comments: bool) -> Self {
        let visible = source.cut().map_or(source.text().len(), |cut| cut.visible);
        let start = source.start().min(visible);
        Self {
            source,
            bytes: &source.text().as_bytes()[..visible],
            pos: start,
            line_start: start,
            column: 0,
            column_pos: start,
            cut: source.cut().is_some(),
            ascii: source.is_ascii(),
            strict,
            indent: -1,
            indents: Vec::new(),
            keys: vec![PossibleKey::NONE],
            key_allowed: true,
            tokens: Vec::new(),
            head: 0,
            taken: 0,
            ended: false,
            last: [Token::new(TokenKind::StreamEnd, start, start).peek(); 2],
            notes: Notes::new(comments),
            texts: String::new(),
            tags: Vec::new(),
            directives: Vec::new(),
        }
    }

    /// What the next token is; it stays in the queue.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> Result<Peek> {
        match self.tokens.get(self.head) {
            Some(token) if token.key_level == NO_KEY && !self.strict => {}
            _ => self.fill()?,
        }
        Ok(self.tokens[self.head].peek())
    }

    #[inline(never)]
    fn fill(&mut self) -> Result<()> {
        while self.needs_more()? {
            self.fetch()?;
        }
        Ok(())
    }

    /// The whole of the token that was peeked at.
    #[inline]
    pub(super) fn head(&self) -> Token {
        self.tokens[self.head]
    }

    /// True if the next token is not there yet, or may begin a key, which shows only in tokens behind it.
    fn needs_more(&mut self) -> Result<bool> {
        let waiting = self.tokens.len() - self.head;
        if waiting == 0 {
            return Ok(true);
        }
        let near = waiting < LOOK_AHEAD && !self.ended;
        if self.strict && near {
            return Ok(true);
        }
        let level = self.tokens[self.head].key_level;
        match level {
            NO_KEY => Ok(false),
            FORGOTTEN_KEY => Ok(near),
            _ if level as usize >= self.keys.len() => Ok(false),
            _ => self.key_is_valid(level as usize),
        }
    }

    /// Takes the token that was peeked at.
    pub(super) fn skip(&mut self) {
        self.head += 1;
        self.taken += 1;
        // Tokens that have been taken go in bulk.
        if self.head == self.tokens.len() {
            self.tokens.clear();
            self.head = 0;
        } else if self.head >= 64 && self.head * 2 >= self.tokens.len() {
            self.tokens.drain(..self.head);
            self.head = 0;
        }
    }

    /// True when no token waits, and nothing but the place decides what comes next.
    pub(super) fn is_at_rest(&self, column: u32) -> bool {
        let key = &self.keys[0];
        let colon_required = key.possible && key.required;
        let over = self.cut || self.ended || self.in_flow();
        self.tokens.is_empty() && !over && !colon_required && self.indent == column as i32
    }

    /// Goes on at another place.
    pub(super) fn move_to(&mut self, pos: usize, line_start: usize, key_allowed: bool) {
        self.pos = pos;
        self.line_start = line_start;
        self.key_allowed = key_allowed;
    }

    /// Goes on right behind a token, where no key may begin, and behind the comment on its line.
    pub(super) fn rest_at(&mut self, pos: usize, line_start: usize) -> Result<()> {
        self.move_to(pos, line_start, false);
        self.skip_line_comment(pos, pos as u32)
    }

    pub(super) fn push_indent(&mut self, column: usize) {
        self.indents.push(self.indent);
        self.indent = column as i32;
    }

    pub(super) fn pop_indent(&mut self) {
        self.indent = self.indents.pop().expect("as many as there are indentations");
    }

    /// No longer waits for the colon behind the key that begins with a token. It may still come, close behind.
    fn forget_key(&mut self, number: u64, level: u32) {
        if let Some(ahead) = number.checked_sub(self.taken)
            && let Some(token) = self.tokens.get_mut(self.head + ahead as usize)
            && token.key_level != NO_KEY
        {
            token.key_level = level;
        }
    }

    /// A key ends on its line, and within a number of characters.
    fn key_is_valid(&mut self, level: usize) -> Result<bool> {
        let key = self.keys[level];
        if !key.possible {
            return Ok(false);
        }
        let same_line = key.pos >= self.line_start;
        let valid =
            same_line && (self.pos - key.pos <= MAX_KEY || count_characters(&self.bytes[key.pos..self.pos]) <= MAX_KEY);
        if !valid {
            if key.required {
                return Err(self.fault(Problem::ColonExpected, key.pos));
            }
            self.keys[level].possible = false;
        }
        Ok(valid)
    }

    fn fetch(&mut self) -> Result<()> {
        let scan_start = self.pos;
        self.notes.clear();
        self.skip_to_token()?;
        if !self.in_flow() {
            let column = self.column();
            self.unroll(column as i32, scan_start);
        }
        self.need(4)?;
        let byte = self.byte(self.pos);
        if byte == NUL {
            return self.fetch_end();
        }
        if self.is_first_column() {
            if byte == b'%' {
                return self.fetch_directive();
            }
            if self.at_document_marker() {
                let kind = if byte == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
                return self.fetch_document_marker(kind);
            }
        }
        self.fetch_content(byte)?;
        let [before, last] = self.last;
        if last.kind == TokenKind::BlockEntry {
            return Ok(());
        }
        // A comment behind a colon or comma belongs to what is before that.
        let separator = if self.in_flow() { TokenKind::FlowEntry } else { TokenKind::Value };
        let owner = if last.kind == separator { before.start } else { last.start };
        self.skip_line_comment(last.end as usize, owner)
    }

    fn fetch_content(&mut self, byte: u8) -> Result<()> {
        let next = self.byte(self.pos + 1);
        let in_flow = self.in_flow();
        match byte {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.is_blank_or_end(self.pos + 1) => self.fetch_block_entry(),
            b'?' if in_flow || self.is_blank_or_end(self.pos + 1) => self.fetch_key(),
            b':' if in_flow || self.is_blank_or_end(self.pos + 1) => self.fetch_value(),
            b'*' => self.fetch_anchor(TokenKind::Alias),
            b'&' => self.fetch_anchor(TokenKind::Anchor),
            b'!' => self.fetch_tag(),
            b'|' | b'>' if !in_flow => self.fetch_block_scalar(byte == b'|'),
            b'\'' | b'"' => self.fetch_quoted(byte),
            _ if class(byte) & (INDICATOR | BLANK | COLON) == 0 => self.fetch_plain(),
            b'-' if class(next) & BLANK == 0 => self.fetch_plain(),
            b'?' | b':' if !in_flow => self.fetch_plain(),
            _ => Err(self.fault(Problem::NoToken, self.pos)),
        }
    }

    pub(super) fn in_flow(&self) -> bool {
        self.keys.len() > 1
    }

    pub(super) fn push(&mut self, token: Token) {
        self.last = [self.last[1], token.peek()];
        self.tokens.push(token);
    }

    /// The token that a comment can be below: a comma counts as what is before it.
    pub(super) fn token_before_comments(&self) -> Peek {
        let [before, last] = self.last;
        if last.kind == TokenKind::FlowEntry { Peek { end: last.end, ..before } } else { last }
    }

    /// The place of the next token in the order of all tokens.
    fn next_number(&self) -> u64 {
        self.taken + (self.tokens.len() - self.head) as u64
    }

    fn insert(&mut self, number: u64, token: Token) {
        match number.checked_sub(self.taken) {
            Some(ahead) => self.tokens.insert(self.head + ahead as usize, token),
            // The key has been passed as something else.
            None => self.push(token),
        }
    }

    /// Notes that the token to come may begin a key.
    fn save_key(&mut self) -> Result<bool> {
        if !self.key_allowed {
            return Ok(false);
        }
        let column = if self.in_flow() { 0 } else { self.column() };
        let required = !self.in_flow() && self.indent == column as i32;
        self.remove_key()?;
        let key = PossibleKey { possible: true, required, pos: self.pos, column, token: self.next_number() };
        *self.keys.last_mut().expect("one key for outside of brackets") = key;
        Ok(true)
    }

    /// What might have begun a key turns out not to.
    fn remove_key(&mut self) -> Result<()> {
        let key = self.keys.last_mut().expect("one key for outside of brackets");
        if key.possible && key.required {
            let pos = key.pos;
            return Err(self.fault(Problem::ColonExpected, pos));
        }
        if std::mem::take(&mut key.possible) {
            let number = key.token;
            self.forget_key(number, NO_KEY);
        }
        Ok(())
    }

    /// Pushes a token that begins where it may begin a key.
    fn push_with_key(&mut self, mut token: Token, saved: bool) {
        if saved {
            token.key_level = (self.keys.len() - 1) as u32;
        }
        self.push(token);
    }

    /// Opens a block collection if the column is deeper than the innermost.
    fn roll(&mut self, column: usize, number: Option<u64>, kind: TokenKind, pos: usize) -> Result<()> {
        if self.in_flow() || self.indent >= column as i32 {
            return Ok(());
        }
        self.push_indent(column);
        if self.indents.len() > MAX_DEPTH {
            let context = self.keys[0].pos;
            return Err(self.fault(Problem::TooDeep, context));
        }
        let mut token = Token::new(kind, pos, pos);
        token.first = column as u32;
        match number {
            Some(number) => self.insert(number, token),
            None => self.push(token),
        }
        Ok(())
    }

    /// Closes the block collections that are deeper than the column.
    fn unroll(&mut self, column: i32, mark: usize) {
        if self.in_flow() {
            return;
        }
        let mut end = BlockEnd { place: mark.min(self.bytes.len()).saturating_sub(1), mark };
        while self.indent > column {
            end = self.notes.end_of_block(self.indent as usize, end);
            let mut token = Token::new(TokenKind::BlockEnd, end.mark, end.mark);
            token.second = end.place as u32;
            self.push(token);
            self.pop_indent();
        }
    }

    fn fetch_end(&mut self) -> Result<()> {
        // The end is a line of its own, so that no key waits for its colon any more.
        let pos = if self.column() == 0 { self.pos } else { self.bytes.len() + 1 };
        self.line_start = pos;
        self.unroll(-1, pos);
        self.remove_key()?;
        self.key_allowed = false;
        self.ended = true;
        self.push(Token::new(TokenKind::StreamEnd, pos, pos));
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<()> {
        self.unroll(-1, self.pos);
        self.remove_key()?;
        self.key_allowed = false;
        self.scan_directive()
    }

    fn fetch_document_marker(&mut self, kind: TokenKind) -> Result<()> {
        self.unroll(-1, self.pos);
        self.remove_key()?;
        self.key_allowed = false;
        self.pos += 3;
        self.push(Token::new(kind, self.pos - 3, self.pos));
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<()> {
        let saved = self.save_key()?;
        let token = Token::new(kind, self.pos, self.pos + 1);
        if self.keys.len() > MAX_DEPTH {
            return Err(self.fault(Problem::TooDeep, 0));
        }
        // As long as nothing within can be a key, the reference takes the bracket itself for one within. When the bracket
        // closes, it no longer waits for a colon.
        let inner = PossibleKey { token: self.next_number(), ..PossibleKey::NONE };
        self.push_with_key(token, saved);
        self.keys.push(inner);
        self.key_allowed = true;
        self.pos += 1;
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<()> {
        self.remove_key()?;
        if self.in_flow()
            && let Some(inner) = self.keys.pop()
        {
            self.forget_key(inner.token, FORGOTTEN_KEY);
        }
        self.key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<()> {
        self.remove_key()?;
        self.key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry);
        Ok(())
    }

    /// Within brackets a dash is passed on: the grammar knows better what to say about it.
    fn fetch_block_entry(&mut self) -> Result<()> {
        if !self.in_flow() {
            if !self.key_allowed {
                return Err(self.fault(Problem::BlockEntryNotAllowed, self.pos));
            }
            let column = self.column();
            self.roll(column, None, TokenKind::BlockSequenceStart, self.pos)?;
        }
        self.remove_key()?;
        self.key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<()> {
        if !self.in_flow() {
            if !self.key_allowed {
                return Err(self.fault(Problem::KeyNotAllowed, self.pos));
            }
            let column = self.column();
            self.roll(column, None, TokenKind::BlockMappingStart, self.pos)?;
        }
        self.remove_key()?;
        self.key_allowed = !self.in_flow();
        self.push_indicator(TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<()> {
        let level = self.keys.len() - 1;
        if self.key_is_valid(level)? {
            let key = self.keys[level];
            self.forget_key(key.token, NO_KEY);
            self.insert(key.token, Token::new(TokenKind::Key, key.pos, key.pos));
            self.roll(key.column, Some(key.token), TokenKind::BlockMappingStart, key.pos)?;
            self.keys[level].possible = false;
            self.key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.key_allowed {
                    return Err(self.fault(Problem::ValueNotAllowed, self.pos));
                }
                let column = self.column();
                self.roll(column, None, TokenKind::BlockMappingStart, self.pos)?;
            }
            self.key_allowed = !self.in_flow();
        }
        self.push_indicator(TokenKind::Value);
        Ok(())
    }

    fn push_indicator(&mut self, kind: TokenKind) {
        self.push(Token::new(kind, self.pos, self.pos + 1));
        self.pos += 1;
    }

    fn fetch_anchor(&mut self, kind: TokenKind) -> Result<()> {
        let saved = self.save_key()?;
        self.key_allowed = false;
        let token = self.scan_anchor(kind)?;
        self.push_with_key(token, saved);
        Ok(())
    }

    fn fetch_tag(&mut self) -> Result<()> {
        let saved = self.save_key()?;
        self.key_allowed = false;
        let token = self.scan_tag()?;
        self.push_with_key(token, saved);
        Ok(())
    }

    fn fetch_block_scalar(&mut self, literal: bool) -> Result<()> {
        self.remove_key()?;
        self.key_allowed = true;
        let token = self.scan_block(literal)?;
        self.push(token);
        Ok(())
    }

    fn fetch_quoted(&mut self, quote: u8) -> Result<()> {
        let saved = self.save_key()?;
        self.key_allowed = false;
        let token = self.scan_quoted(quote)?;
        self.push_with_key(token, saved);
        Ok(())
    }

    fn fetch_plain(&mut self) -> Result<()> {
        let saved = self.save_key()?;
        self.key_allowed = false;
        let token = self.scan_plain()?;
        self.push_with_key(token, saved);
        Ok(())
    }
}

impl PossibleKey {
    const NONE: Self = Self { possible: false, required: false, pos: 0, column: 0, token: 0 };
}
