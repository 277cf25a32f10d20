//! The fast lane: lines of block mappings and lists with nothing unusual about them go straight into the tree.
//!
//! The lane knows `key: value`, `key:` and `- item` with plain, quoted and block scalars and empty brackets, indented by
//! spaces. At anything else it stops at a place from which the general way, over tokens, can go on; so it decides nothing
//! that the general way would decide otherwise, and it finds no faults of its own.

use super::class::{BLANK, BREAK, COLON, END, INDICATOR, class};
use super::fault::Result;
use super::parser::{Parser, State};
use super::scanner::{MAX_DEPTH, MAX_KEY};
use super::token::{Token, TokenKind};
use crate::tree::{Kind, Style};

/// How the general way goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resume {
    /// With what comes next in the innermost collection.
    Step,
    /// With the value of a key whose colon ends here.
    Value(u32),
    /// With the item of a dash that ends here.
    Item(u32),
}

/// A place and the line that it is on.
#[derive(Clone, Copy)]
struct Place {
    pos: usize,
    line_start: usize,
}

impl Place {
    /// Only spaces, or dashes and spaces, come before.
    fn column(self) -> usize {
        self.pos - self.line_start
    }

    fn at(self, pos: usize) -> Self {
        Self { pos, ..self }
    }
}

/// From the end of one piece of content to the beginning of the next.
#[derive(Clone, Copy)]
struct Gap {
    next: Place,
    /// The next content begins a line, behind spaces.
    usual: bool,
    /// A comment is in between.
    comment: bool,
    /// The text ends.
    end: bool,
}

/// What to look at next.
enum Next {
    /// Whatever is behind the gap.
    Line(Gap),
    /// A key of the innermost mapping, which is at the same column.
    Key(Place),
    /// A dash of the innermost list, which is at the same column.
    Dash(Place),
    Stop(Resume),
}

impl Parser<'_> {
    /// Takes as many lines as it can.
    pub(super) fn lane(&mut self) -> Result<Resume> {
        let Some(start) = self.lane_start() else { return Ok(Resume::Step) };
        let mut next = Next::Line(self.gap(start, true));
        loop {
            next = match next {
                Next::Line(gap) => self.lane_line(gap),
                Next::Key(place) => self.lane_key(place)?,
                Next::Dash(place) => self.lane_dash(place)?,
                Next::Stop(resume) => return Ok(resume),
            };
        }
    }

    /// The place where the lane can begin: between two entries of a block collection.
    fn lane_start(&self) -> Option<Place> {
        let frame = self.frames.last()?;
        let scanner = &self.scanner;
        (frame.state.is_block() && scanner.is_at_rest(frame.column))
            .then_some(Place { pos: scanner.pos, line_start: scanner.line_start })
    }

    /// Ends the collections that are deeper than the next content.
    fn lane_line(&mut self, gap: Gap) -> Next {
        let column = gap.next.column();
        if !gap.usual || !self.can_return_to(column) {
            return Next::Stop(Resume::Step);
        }
        self.scanner.move_to(gap.next.pos, gap.next.line_start, true);
        let dash = self.is_dash(gap.next.pos);
        while let Some(frame) = self.frames.last() {
            let indentless = frame.state == State::IndentlessSequence;
            if frame.column as usize > column {
                if !indentless {
                    self.scanner.pop_indent();
                }
            } else if !(indentless && frame.column as usize == column && !dash) {
                break;
            }
            self.pop();
        }
        match self.frames.last() {
            Some(frame) if frame.column as usize != column => Next::Stop(Resume::Step),
            Some(frame) if frame.state == State::BlockKey => Next::Key(gap.next),
            Some(_) if dash => Next::Dash(gap.next),
            _ => Next::Stop(Resume::Step),
        }
    }

    /// True if every collection from the column on can end without more ado.
    fn can_return_to(&self, column: usize) -> bool {
        let deeper = self.frames.iter().rev().take_while(|frame| frame.column as usize >= column);
        deeper.fold(true, |block, frame| block & frame.state.is_block())
    }

    fn lane_key(&mut self, place: Place) -> Result<Next> {
        let Some((end, colon)) = self.find_key(place.pos) else { return Ok(Next::Stop(Resume::Step)) };
        self.scalar_slice(place.pos, end);
        let mark = place.at(colon + 1);
        self.last_end = mark.pos as u32;
        let resume = Resume::Value(mark.pos as u32);
        let start = self.skip_spaces(mark.pos);
        if !matches!(self.scanner.byte(start), b'\n' | b'#' | b'\r') {
            return self.lane_value(place.column(), mark, start, resume);
        }
        let gap = self.gap(mark, false);
        let column = gap.next.column();
        if gap.usual && column == place.column() && self.is_dash(gap.next.pos) {
            self.scanner.move_to(gap.next.pos, gap.next.line_start, true);
            self.enter_block(Kind::Sequence, State::IndentlessSequence, gap.next);
            return Ok(Next::Dash(gap.next));
        }
        let ends = column < place.column() || column == place.column() && self.find_key(gap.next.pos).is_some();
        self.lane_below(place.column(), mark, gap, ends, resume)
    }

    fn lane_dash(&mut self, place: Place) -> Result<Next> {
        let mark = place.at(place.pos + 1);
        self.last_end = mark.pos as u32;
        let resume = Resume::Item(mark.pos as u32);
        let start = self.skip_spaces(mark.pos);
        let inner = place.at(start);
        match self.scanner.byte(start) {
            b'\n' | b'#' | b'\r' => {}
            b'-' if self.is_dash(start) && self.can_nest() => return Ok(self.lane_nested(inner)),
            _ if self.can_nest() && self.find_key(start).is_some() => return Ok(self.lane_nested(inner)),
            _ => return self.lane_value(place.column(), mark, start, resume),
        }
        let gap = self.gap(mark, false);
        let column = gap.next.column();
        let indentless = self.frames.last().is_some_and(|frame| frame.state == State::IndentlessSequence);
        let ends = column < place.column()
            || column == place.column()
                && (self.is_dash(gap.next.pos) || indentless && self.find_key(gap.next.pos).is_some());
        self.lane_below(place.column(), mark, gap, ends, resume)
    }

    /// What a colon or dash with nothing behind it on its line stands for.
    fn lane_below(&mut self, column: usize, mark: Place, gap: Gap, ends: bool, resume: Resume) -> Result<Next> {
        let next = gap.next;
        if gap.usual && next.column() > column && self.can_nest() {
            if self.is_dash(next.pos) || self.find_key(next.pos).is_some() {
                self.scanner.move_to(next.pos, next.line_start, true);
                return Ok(self.lane_nested(next));
            }
        } else if gap.usual && ends {
            self.empty(mark.pos as u32);
            self.lane_rest(mark, resume)?;
            return Ok(Next::Line(gap));
        }
        self.lane_stop(mark, resume)
    }

    /// Begins a collection whose first key or dash is at a place; the caller has made sure of it.
    fn lane_nested(&mut self, place: Place) -> Next {
        self.scanner.push_indent(place.column());
        if self.is_dash(place.pos) {
            self.enter_block(Kind::Sequence, State::BlockSequence, place);
            Next::Dash(place)
        } else {
            self.enter_block(Kind::Mapping, State::BlockKey, place);
            Next::Key(place)
        }
    }

    /// A scalar or empty brackets on the line of a colon or dash. `column` is that of the collection.
    fn lane_value(&mut self, column: usize, mark: Place, start: usize, resume: Resume) -> Result<Next> {
        let end = match self.scanner.byte(start) {
            b'"' | b'\'' => {
                let Some(token) = self.scanner.simple_quoted(start) else { return self.lane_stop(mark, resume) };
                let end = token.end as usize;
                // An item could still be a key.
                if !self.is_last_on_line(end) {
                    return self.lane_stop(mark, resume);
                }
                self.scalar_token(token);
                end
            }
            b'[' if self.scanner.byte(start + 1) == b']' && self.is_last_on_line(start + 2) => {
                self.empty_flow(Kind::Sequence, start);
                start + 2
            }
            b'{' if self.scanner.byte(start + 1) == b'}' && self.is_last_on_line(start + 2) => {
                self.empty_flow(Kind::Mapping, start);
                start + 2
            }
            style @ (b'|' | b'>') => {
                self.scanner.move_to(start, mark.line_start, true);
                let token = self.scanner.scan_block(style == b'|')?;
                self.scalar_token(token);
                let place = Place { pos: self.scanner.pos, line_start: self.scanner.line_start };
                return Ok(Next::Line(self.gap(place, true)));
            }
            _ => return self.lane_plain(column, mark, start, resume),
        };
        let gap = self.gap(mark.at(end), false);
        self.scanner.rest_at(end, mark.line_start)?;
        Ok(Next::Line(gap))
    }

    fn lane_plain(&mut self, column: usize, mark: Place, start: usize, resume: Resume) -> Result<Next> {
        let Some(end) = self.find_plain_end(start) else { return self.lane_stop(mark, resume) };
        let gap = self.gap(mark.at(end), false);
        let ends = gap.end || gap.usual && (gap.comment || gap.next.column() <= column);
        if !ends {
            return self.lane_stop(mark, resume);
        }
        self.scalar_slice(start, end);
        self.scanner.rest_at(end, mark.line_start)?;
        Ok(Next::Line(gap))
    }

    /// Leaves what stands behind a colon or dash to the general way.
    fn lane_stop(&mut self, mark: Place, resume: Resume) -> Result<Next> {
        self.lane_rest(mark, resume)?;
        Ok(Next::Stop(resume))
    }

    /// Puts the scanner right behind a colon or dash. The comment behind a dash belongs to what follows.
    fn lane_rest(&mut self, mark: Place, resume: Resume) -> Result<()> {
        if let Resume::Item(_) = resume {
            self.scanner.move_to(mark.pos, mark.line_start, true);
            return Ok(());
        }
        self.scanner.rest_at(mark.pos, mark.line_start)
    }

    /// Passes spaces, line ends and comments. `fresh` allows the next content to be on the same line, if only spaces come
    /// before it.
    #[inline]
    fn gap(&self, from: Place, fresh: bool) -> Gap {
        let bytes = self.scanner.bytes;
        let mut place = from;
        let mut fresh = fresh && bytes[from.line_start..from.pos].iter().all(|&byte| byte == b' ');
        let mut comment = false;
        loop {
            match self.scanner.byte(place.pos) {
                b' ' => place.pos = self.skip_spaces(place.pos),
                b'\n' => {
                    place = Place { pos: place.pos + 1, line_start: place.pos + 1 };
                    fresh = true;
                }
                b'\r' => {
                    let width = self.scanner.break_width(place.pos);
                    place = Place { pos: place.pos + width, line_start: place.pos + width };
                    fresh = true;
                }
                b'#' => {
                    comment = true;
                    place.pos = self.scanner.find_line_end(place.pos, bytes.len());
                }
                byte => {
                    let first = place.pos == place.line_start;
                    let marker =
                        first && (byte == b'%' || matches!(bytes.get(place.pos..place.pos + 3), Some(b"---" | b"...")));
                    let odd = class(byte) & (BLANK | END) != 0 || self.scanner.break_width(place.pos) > 0;
                    return Gap {
                        next: place,
                        usual: fresh && !marker && !odd,
                        comment,
                        end: place.pos == bytes.len(),
                    };
                }
            }
        }
    }

    #[inline]
    fn skip_spaces(&self, mut pos: usize) -> usize {
        while self.scanner.byte(pos) == b' ' {
            pos += 1;
        }
        pos
    }

    #[inline]
    fn is_dash(&self, pos: usize) -> bool {
        self.scanner.byte(pos) == b'-' && self.scanner.is_blank_or_end(pos + 1)
    }

    fn can_nest(&self) -> bool {
        self.scanner.indents.len() < MAX_DEPTH
    }

    /// True if nothing but spaces and a comment follow.
    fn is_last_on_line(&self, pos: usize) -> bool {
        matches!(self.scanner.byte(self.skip_spaces(pos)), b'\n' | b'#' | b'\r')
    }

    /// The end of a plain key and its colon, if that is what stands there.
    #[inline]
    fn find_key(&self, start: usize) -> Option<(usize, usize)> {
        let scanner = &self.scanner;
        if class(scanner.byte(start)) & INDICATOR != 0 {
            return None;
        }
        let mut end = start;
        let mut pos = start;
        loop {
            let byte = scanner.byte(pos);
            match class(byte) & (BLANK | BREAK | END | COLON) {
                0 => end = pos + 1,
                COLON => match scanner.byte(pos + 1) {
                    b' ' | b'\n' | b'\r' => break,
                    b'\t' | 0xC2 | 0xE2 => return None,
                    _ => end = pos + 1,
                },
                BLANK if byte == b' ' && scanner.byte(pos + 1) != b'#' => {}
                BREAK if byte > 0x7F && scanner.break_width(pos) == 0 => end = pos + 1,
                _ => return None,
            }
            pos += 1;
        }
        (pos > start && pos - start <= MAX_KEY).then_some((end, pos))
    }

    /// The end of a plain scalar on its line, if it is sure that it ends there or with a later line.
    #[inline]
    fn find_plain_end(&self, start: usize) -> Option<usize> {
        let scanner = &self.scanner;
        let first = scanner.byte(start);
        if class(first) & INDICATOR != 0 && (!matches!(first, b'-' | b':' | b'?') || scanner.is_blank_or_end(start + 1))
        {
            return None;
        }
        let mut end = start;
        let mut pos = start;
        loop {
            let byte = scanner.byte(pos);
            match class(byte) & (BLANK | BREAK | END | COLON) {
                0 => end = pos + 1,
                COLON if scanner.is_blank_or_end(pos + 1) => return None,
                BLANK if byte == b' ' && scanner.byte(pos + 1) != b'#' => {}
                COLON => end = pos + 1,
                BLANK if byte == b' ' => break,
                END => break,
                BREAK if byte > 0x7F && scanner.break_width(pos) == 0 => end = pos + 1,
                BREAK if byte < 0x7F => break,
                _ => return None,
            }
            pos += 1;
        }
        (end > start).then_some(end)
    }

    fn scalar_slice(&mut self, start: usize, end: usize) {
        self.scalar_token(Token::new(TokenKind::Scalar, start, end));
    }

    fn enter_block(&mut self, kind: Kind, state: State, place: Place) {
        self.enter_plain(kind, Style::Block, state, place.pos as u32, place.column() as u32);
    }
}
