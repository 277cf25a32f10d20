//! Which comment belongs to which node.
//!
//! The scanner sorts the comments between two tokens into [`Remark`]s: what stands above the next content, what stands on a
//! line with content, and what stands below the content before. Each remark names the place of its owner. The parser
//! gathers remarks as it passes their owners, and hands them to the first node that can hold them.

use std::collections::{BTreeMap, VecDeque};
use std::mem::take;

use super::parser::Parser;
use super::scanner::Scanner;
use super::token::TokenKind;
use crate::tree::{Comments, Kind, Node, NodeId, Style};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// On lines of its own above its owner.
    Head,
    /// On the line of its owner.
    Line,
    /// On lines of its own below its owner.
    Foot,
}

/// Comments that belong together.
#[derive(Debug)]
pub(super) struct Remark {
    position: Position,
    /// Belongs to the first token from here on.
    owner: u32,
    /// Only if comments are kept.
    text: String,
}

/// What the scanner notes about comments.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Whether their texts are wanted, too.
    keep: bool,
    remarks: VecDeque<Remark>,
    /// The comments since the last token, without that on its line.
    gap: Vec<Comment>,
    /// How they stand together.
    groups: Vec<Group>,
}

/// One comment: where it begins and ends, and its column.
#[derive(Clone, Copy, Debug)]
struct Comment {
    start: usize,
    end: usize,
    column: usize,
}

/// Comments of one gap that stand together.
#[derive(Debug)]
struct Group {
    first: Comment,
    /// Where the search for it began, and where it ended: between them is nothing else.
    from: usize,
    to: usize,
    position: Position,
    owner: u32,
    text: String,
}

impl Notes {
    pub(super) fn new(keep: bool) -> Self {
        Self { keep, ..Self::default() }
    }

    /// Begins a new gap.
    pub(super) fn clear(&mut self) {
        self.gap.clear();
        self.groups.clear();
    }

    /// Where a block collection of a column ends that ends before the present token: at the first comment of its own column
    /// that can be reached from there. `end` is the place known so far.
    pub(super) fn end_of_block(&self, column: usize, end: BlockEnd) -> BlockEnd {
        let mut end_of_block = end;
        let mut reached = end.place;
        for group in self.groups.iter().rev() {
            if group.to < reached {
                break;
            }
            if group.first.column == column {
                end_of_block = BlockEnd { place: group.first.start, mark: group.first.start + 1 };
            }
            reached = group.from;
        }
        end_of_block
    }
}

/// The end of a block collection: its place among tokens and comments, and the mark that messages and empty values show.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockEnd {
    pub(super) place: usize,
    pub(super) mark: usize,
}

impl Scanner<'_> {
    /// Notes a comment that stands on the line of a token; the scanner is at its end.
    pub(super) fn note_line_comment(&mut self, owner: u32, start: usize) {
        if self.notes.keep {
            let text = self.source.text()[start..self.pos].to_owned();
            self.notes.remarks.push_back(Remark { position: Position::Line, owner, text });
        }
    }

    /// Notes a comment that may stand on a line of its own; the scanner is at its end.
    pub(super) fn note_comment(&mut self, start: usize, column: usize) {
        let end = self.pos;
        self.notes.gap.push(Comment { start, end, column });
    }

    /// Sorts the comments since the last token, which began at `from`; the scanner is at the next token.
    pub(super) fn sort_comments(&mut self, from: usize) {
        if self.notes.gap.is_empty() {
            return;
        }
        let comments = take(&mut self.notes.gap);
        self.notes.groups = self.groups_of(&comments, from);
        if self.notes.keep {
            for group in &mut self.notes.groups {
                let text = take(&mut group.text);
                self.notes.remarks.push_back(Remark { position: group.position, owner: group.owner, text });
            }
        }
        self.notes.gap = comments;
    }

    fn groups_of(&mut self, comments: &[Comment], from: usize) -> Vec<Group> {
        let indent = self.indent.max(0) as usize;
        let next_column = self.column();
        let at_end = self.pos == self.bytes.len();
        let closes = self.in_flow() && matches!(self.byte(self.pos), b']' | b'}');
        let before = self.token_before_comments();
        let lines_before = self.line_ends(before.end as usize, comments[0].start).count();
        let below = lines_before == 1 && can_have_foot(before.kind);
        // Only before the first empty line can a comment belong to what is above it.
        let mut near = lines_before <= 1;
        let mut groups: Vec<Group> = Vec::new();
        let mut from = from;
        let mut owner = before.start;
        let mut open: Option<Group> = None;
        for (number, comment) in comments.iter().enumerate() {
            let next = comments.get(number + 1).map_or(self.pos, |next| next.start);
            let mut group = match open.take() {
                Some(mut group) if comment.column < indent && comment.column != group.first.column => {
                    group.end_as(Position::Foot, owner, comment.start);
                    (from, owner) = (comment.start, comment.start as u32);
                    groups.push(group);
                    Group::new(*comment, from)
                }
                Some(group) => group,
                None => Group::new(*comment, from),
            };
            self.add_text(&mut group, comment);
            let dedented = group.first.column < indent;
            let empty_line = self.empty_line(comment.end, next);
            let last = next == self.pos;
            let ends = empty_line.or((last && (at_end || closes)).then_some(self.pos));
            let Some(end) = ends else {
                open = Some(group);
                continue;
            };
            let foot = near && (below && groups.is_empty() || dedented);
            if empty_line.is_some() && !foot && self.notes.keep {
                group.text.push('\n');
            }
            if foot || last && closes {
                group.end_as(Position::Foot, if dedented { group.first.start as u32 } else { owner }, end);
                (from, owner) = (end, end as u32);
                groups.push(group);
            } else {
                open = Some(group);
            }
            near = false;
        }
        if let Some(mut group) = open {
            if !at_end && next_column < indent && next_column != group.first.column {
                group.end_as(Position::Foot, owner, self.pos);
            } else {
                group.end_as(Position::Head, group.first.start as u32, self.pos.saturating_sub(1));
            }
            groups.push(group);
        }
        groups
    }

    fn add_text(&self, group: &mut Group, comment: &Comment) {
        if self.notes.keep {
            if !group.text.is_empty() {
                group.text.push('\n');
            }
            group.text.push_str(&self.source.text()[comment.start..comment.end]);
        }
    }

    /// Where an empty line follows a comment. The reference passes one byte of the comment's own line end, so that of two
    /// bytes looks like an empty line, too.
    fn empty_line(&self, end: usize, next: usize) -> Option<usize> {
        let own = match self.break_width(end) {
            2 if self.byte(end) == b'\r' => 1,
            width => width,
        };
        self.line_ends(end + own, next).next()
    }

    /// The offsets of line ends.
    fn line_ends(&self, from: usize, to: usize) -> impl Iterator<Item = usize> {
        let mut at = from;
        std::iter::from_fn(move || {
            while at < to {
                let found = at;
                match self.break_width(at) {
                    0 => at += 1,
                    width => {
                        at += width;
                        return Some(found);
                    }
                }
            }
            None
        })
    }
}

/// False for what announces content: a comment below it is above that content.
fn can_have_foot(token: TokenKind) -> bool {
    !matches!(
        token,
        TokenKind::Value
            | TokenKind::Key
            | TokenKind::BlockEntry
            | TokenKind::FlowSequenceStart
            | TokenKind::FlowMappingStart
            | TokenKind::DocumentStart
            | TokenKind::StreamEnd
    )
}

impl Group {
    fn new(first: Comment, from: usize) -> Self {
        Self { first, from, to: first.end, position: Position::Head, owner: first.start as u32, text: String::new() }
    }

    fn end_as(&mut self, position: Position, owner: u32, to: usize) {
        self.position = position;
        self.owner = owner;
        self.to = to;
    }
}

/// Remarks that the parser has passed, and those that nodes have got.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    passed: Comments,
    /// The head of a list item that is a collection.
    stem: String,
    given: BTreeMap<u32, Comments>,
}

impl Keeper {
    /// The comments by node.
    pub(super) fn into_comments(mut self, nodes: &[Node]) -> Vec<(NodeId, Comments)> {
        if !self.given.is_empty() {
            // Inner collections first.
            (0..nodes.len()).rev().filter(|&id| nodes[id].kind == Kind::Mapping).for_each(|id| self.settle(nodes, id));
        }
        let kept = self
            .given
            .into_iter()
            .filter(|(node, comments)| (*node as usize) < nodes.len() && *comments != Comments::default());
        kept.map(|(node, comments)| (NodeId(node), comments)).collect()
    }

    /// What is below an entry of a mapping belongs to its key.
    fn settle(&mut self, nodes: &[Node], id: usize) {
        let block = nodes[id].style == Style::Block;
        let behind = |child: u32| match nodes[child as usize].kind {
            Kind::Scalar | Kind::Alias => child + 1,
            _ => nodes[child as usize].first,
        };
        let mut last_key = None;
        let mut key = id as u32 + 1;
        while key < nodes[id].first {
            let value = behind(key);
            if let (Some(last_key), true) = (last_key, block) {
                self.move_foot(key, last_key, true);
            }
            self.move_foot(value, key, false);
            last_key = Some(key);
            key = behind(value);
        }
        if let (Some(last_key), true) = (last_key, block) {
            self.move_foot(id as u32, last_key, true);
        }
    }

    fn of(&mut self, node: u32) -> &mut Comments {
        self.given.entry(node).or_default()
    }

    /// Gives what has been passed to a node.
    pub(super) fn give(&mut self, node: u32) {
        let Comments { head, line, foot } = take(&mut self.passed);
        self.stem.clear();
        self.set(node, head, line, foot);
    }

    /// Gives what has been passed to a collection that ends. A head above the end is nobody's.
    pub(super) fn give_end(&mut self, node: u32) {
        let Comments { line, foot, .. } = take(&mut self.passed);
        self.stem.clear();
        self.set(node, String::new(), line, foot);
    }

    /// At the end of a document, all that is left is below it.
    pub(super) fn give_document_end(&mut self, node: u32) {
        let Comments { head, line, foot } = take(&mut self.passed);
        self.stem.clear();
        self.set(node, String::new(), line, if foot.is_empty() { head } else { foot });
    }

    fn set(&mut self, node: u32, head: String, line: String, foot: String) {
        if head.is_empty() && line.is_empty() && foot.is_empty() {
            return;
        }
        let comments = self.of(node);
        for (slot, text) in [(&mut comments.head, head), (&mut comments.line, line), (&mut comments.foot, foot)] {
            if !text.is_empty() {
                *slot = text;
            }
        }
    }

    /// Gives the head of an item to the collection that the item is.
    pub(super) fn give_stem(&mut self, node: u32) {
        let stem = take(&mut self.stem);
        self.set(node, stem, String::new(), String::new());
    }

    /// Of the comments above the first content, those before the last empty line belong to the document.
    pub(super) fn give_document_head(&mut self, node: u32) {
        let head = &self.passed.head;
        let (document, rest) = match head.strip_suffix('\n') {
            Some(document) => (document, ""),
            None => match head.rsplit_once("\n\n") {
                Some((document, rest)) => (document, rest),
                None => return,
            },
        };
        let (document, rest) = (document.to_owned(), rest.to_owned());
        self.passed.head = rest;
        self.set(node, document, String::new(), String::new());
    }

    pub(super) fn head_length(&self) -> usize {
        self.passed.head.len()
    }

    /// Puts the head of so many bytes aside for the collection that is the item.
    pub(super) fn split_stem(&mut self, length: usize) {
        self.stem = self.passed.head[..length].to_owned();
        self.passed.head = self.passed.head.get(length + 1..).unwrap_or_default().to_owned();
    }

    /// Moves the foot of one node to another that has none.
    pub(super) fn move_foot(&mut self, from: u32, to: u32, replace: bool) {
        let Some(comments) = self.given.get_mut(&from) else { return };
        if comments.foot.is_empty() {
            return;
        }
        let foot = take(&mut comments.foot);
        let target = self.of(to);
        if replace || target.foot.is_empty() {
            target.foot = foot;
        } else {
            self.of(from).foot = foot;
        }
    }
}

impl Parser<'_> {
    /// Takes the remarks whose owner is the token, or was before it.
    pub(super) fn pass_remarks(&mut self) {
        let Some(keeper) = &mut self.keeper else { return };
        let token = self.scanner.head();
        let remarks = &mut self.scanner.notes.remarks;
        let place = if token.kind == TokenKind::BlockEnd { token.second } else { token.start };
        while let Some(remark) = remarks.front() {
            // What stands above the end of a collection stands above what comes after.
            if remark.owner > place || remark.position == Position::Head && token.kind == TokenKind::BlockEnd {
                return;
            }
            let slot = match remark.position {
                Position::Head => &mut keeper.passed.head,
                Position::Line => &mut keeper.passed.line,
                Position::Foot => &mut keeper.passed.foot,
            };
            if !slot.is_empty() {
                slot.push('\n');
            }
            slot.push_str(&remark.text);
            remarks.pop_front();
        }
    }
}
