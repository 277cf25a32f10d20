//! From tokens to nodes.
//!
//! What is open stands on a stack of frames, so depth costs memory only. A frame says what may come next.

use std::collections::HashMap;

use super::comments::Keeper;
use super::fault::{Fault, Result};
use super::lane::Resume;
use super::nodes::NodeProperties;
use super::scanner::Scanner;
use super::token::{Peek, Token, TokenKind};
use crate::error::{Problem, SyntaxError};
use crate::resolve::Dialect;
use crate::source::Source;
use crate::tree::{Kind, Node, NodeId, Options, Properties, Style, Text, Tree};

pub(super) struct Parser<'s> {
    pub(super) scanner: Scanner<'s>,
    pub(super) nodes: Vec<Node>,
    pub(super) frames: Vec<Frame>,
    pub(super) documents: Vec<NodeId>,
    pub(super) properties: Vec<Properties>,
    pub(super) anchors: HashMap<&'s str, NodeId>,
    /// Of the present document.
    pub(super) tag_directives: HashMap<&'s str, Text>,
    /// The end of the last thing that was written into the tree.
    pub(super) last_end: u32,
    pub(super) dialect: Dialect,
    use_lane: bool,
    /// Comments, if they are to be kept.
    pub(super) keeper: Option<Keeper>,
}

/// A collection that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) state: State,
    /// Where it began, for messages.
    pub(super) mark: u32,
    pub(super) node: u32,
    pub(super) count: u32,
    /// The column of its keys or dashes; without meaning within brackets.
    pub(super) column: u32,
}

/// What comes next in a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    BlockSequence,
    /// A list whose dashes stand at the column of the key before.
    IndentlessSequence,
    BlockKey,
    BlockValue,
    FlowSequenceFirst,
    FlowSequence,
    /// A mapping of one pair within a list in brackets.
    PairKey,
    PairValue,
    PairEnd,
    FlowKeyFirst,
    FlowKey,
    FlowValue,
    FlowEmptyValue,
}

impl State {
    /// Between two entries of a block collection.
    pub(super) fn is_block(self) -> bool {
        matches!(self, Self::BlockSequence | Self::IndentlessSequence | Self::BlockKey)
    }
}

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s Source, options: Options, strict: bool) -> Self {
        Self {
            scanner: Scanner::new(source, strict, options.comments),
            nodes: Vec::with_capacity(source.text().len() / 24),
            frames: Vec::new(),
            documents: Vec::new(),
            properties: Vec::new(),
            anchors: HashMap::new(),
            tag_directives: HashMap::new(),
            last_end: 0,
            dialect: options.dialect,
            use_lane: !strict,
            keeper: options.comments.then(Keeper::default),
        }
    }

    pub(super) fn run(mut self) -> (Tree<'s>, Option<SyntaxError>) {
        let source = self.scanner.source;
        let mut error = None;
        loop {
            let known = (self.nodes.len(), self.properties.len());
            match self.document() {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => {
                    self.nodes.truncate(known.0);
                    self.properties.truncate(known.1);
                    error = Some(fault.into_error(source));
                    break;
                }
            }
        }
        let comments = self.keeper.map(|keeper| keeper.into_comments(&self.nodes)).unwrap_or_default();
        let tree = Tree {
            source,
            dialect: self.dialect,
            nodes: self.nodes,
            texts: self.scanner.texts,
            documents: self.documents,
            properties: self.properties,
            comments,
        };
        (tree, error)
    }

    /// What the next token is; it stays in the queue.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> Result<Peek> {
        let token = self.scanner.peek()?;
        if self.keeper.is_some() {
            self.pass_remarks();
        }
        Ok(token)
    }

    /// Reads one document; false at the end of the text.
    fn document(&mut self) -> Result<bool> {
        let mut token = self.peek()?;
        let first = self.documents.is_empty();
        if !first {
            while token.kind == TokenKind::DocumentEnd {
                self.scanner.skip();
                token = self.peek()?;
            }
        }
        let start = token.start;
        let bare = match token.kind {
            TokenKind::StreamEnd => return Ok(false),
            TokenKind::VersionDirective | TokenKind::TagDirective | TokenKind::DocumentStart => false,
            _ => first,
        };
        self.tag_directives.clear();
        if !bare {
            self.directives()?;
            let token = self.peek()?;
            if token.kind != TokenKind::DocumentStart {
                return Err(grammar_fault(Problem::DocumentStart, None, token.start));
            }
            self.scanner.skip();
        }
        let document = self.open(Kind::Document, Style::Block, start);
        if let Some(keeper) = &mut self.keeper
            && bare
        {
            keeper.give_document_head(document);
        }
        let token = self.peek()?;
        match token.kind {
            TokenKind::VersionDirective
            | TokenKind::TagDirective
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd
                if !bare =>
            {
                self.empty(token.start);
            }
            _ => self.node(true, false)?,
        }
        while !self.frames.is_empty() {
            let resume = if self.use_lane { self.lane()? } else { Resume::Step };
            match resume {
                Resume::Step => self.step()?,
                Resume::Value(mark) => self.block_content(mark)?,
                Resume::Item(mark) => self.item(mark)?,
            }
        }
        let token = self.peek()?;
        if token.kind == TokenKind::DocumentEnd {
            self.last_end = token.end;
            self.scanner.skip();
        }
        if let Some(keeper) = &mut self.keeper {
            keeper.give_document_end(document);
        }
        self.close(document, 1);
        self.documents.push(NodeId(document));
        Ok(true)
    }

    fn directives(&mut self) -> Result<()> {
        let mut version = false;
        loop {
            self.peek()?;
            let token = self.scanner.head();
            match token.kind {
                TokenKind::VersionDirective => {
                    let problem = match (version, token.first, token.second) {
                        (true, ..) => Problem::DuplicateVersion,
                        (_, 1, 1) => {
                            version = true;
                            self.scanner.skip();
                            continue;
                        }
                        _ => Problem::IncompatibleVersion,
                    };
                    return Err(grammar_fault(problem, None, token.start));
                }
                TokenKind::TagDirective => {
                    let directive = self.scanner.directives[token.first as usize];
                    let handle = self.slice(directive.handle);
                    if self.tag_directives.insert(handle, directive.prefix).is_some() {
                        return Err(grammar_fault(Problem::DuplicateTag, None, token.start));
                    }
                    self.scanner.skip();
                }
                _ => return Ok(()),
            }
        }
    }

    /// Goes on with the innermost collection.
    fn step(&mut self) -> Result<()> {
        let Some(&frame) = self.frames.last() else { return Ok(()) };
        match frame.state {
            State::BlockSequence => self.block_entry(frame),
            State::IndentlessSequence => self.indentless_entry(),
            State::BlockKey => self.block_key(frame),
            State::BlockValue => self.block_value(),
            State::FlowSequenceFirst | State::FlowSequence => self.flow_entry(frame),
            State::PairKey => self.pair_key(),
            State::PairValue => self.pair_value(),
            State::PairEnd => {
                let end = self.peek()?.start;
                self.last_end = self.last_end.min(end);
                self.pop();
                Ok(())
            }
            State::FlowKeyFirst | State::FlowKey => self.flow_key(frame),
            State::FlowValue | State::FlowEmptyValue => self.flow_value(frame),
        }
    }

    fn block_entry(&mut self, frame: Frame) -> Result<()> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::BlockEntry => {
                self.dash(token)?;
                self.item(token.end)
            }
            TokenKind::BlockEnd => {
                self.scanner.skip();
                self.pop();
                Ok(())
            }
            _ => Err(grammar_fault(Problem::Dash, Some(frame.mark), token.start)),
        }
    }

    fn indentless_entry(&mut self) -> Result<()> {
        let token = self.peek()?;
        if token.kind != TokenKind::BlockEntry {
            self.pop();
            return Ok(());
        }
        self.dash(token)?;
        self.item(token.end)
    }

    fn dash(&mut self, token: Peek) -> Result<()> {
        let stem = self.keeper.as_ref().map_or(0, Keeper::head_length);
        self.scanner.skip();
        self.last_end = token.end;
        let next = self.peek()?.kind;
        if let (Some(keeper), TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart) = (&mut self.keeper, next)
            && stem > 0
        {
            keeper.split_stem(stem);
        }
        Ok(())
    }

    /// An item of a block list, or nothing.
    fn item(&mut self, mark: u32) -> Result<()> {
        let indentless = self.frames.last().is_some_and(|frame| frame.state == State::IndentlessSequence);
        match self.peek()?.kind {
            TokenKind::BlockEntry | TokenKind::BlockEnd => self.empty(mark),
            TokenKind::Key | TokenKind::Value if indentless => self.empty(mark),
            _ => self.node(true, false)?,
        }
        Ok(())
    }

    fn block_key(&mut self, frame: Frame) -> Result<()> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::Key => {
                self.scanner.skip();
                self.last_end = token.end;
                self.set_state(State::BlockValue);
                self.block_content(token.end)
            }
            TokenKind::BlockEnd => {
                self.give_end_comments();
                self.scanner.skip();
                self.pop();
                Ok(())
            }
            _ => Err(grammar_fault(Problem::Key, Some(frame.mark), token.start)),
        }
    }

    fn block_value(&mut self) -> Result<()> {
        let token = self.peek()?;
        self.set_state(State::BlockKey);
        if token.kind == TokenKind::Value {
            self.scanner.skip();
            self.last_end = token.end;
            return self.block_content(token.end);
        }
        self.empty(token.start);
        Ok(())
    }

    /// A key or value of a block mapping, or nothing.
    fn block_content(&mut self, mark: u32) -> Result<()> {
        match self.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.empty(mark);
                Ok(())
            }
            _ => self.node(true, true),
        }
    }

    fn flow_entry(&mut self, frame: Frame) -> Result<()> {
        let mut token = self.peek()?;
        if token.kind != TokenKind::FlowSequenceEnd && frame.state != State::FlowSequenceFirst {
            if token.kind != TokenKind::FlowEntry {
                return Err(grammar_fault(Problem::FlowSequence, Some(frame.mark), token.start));
            }
            self.scanner.skip();
            token = self.peek()?;
        }
        self.set_state(State::FlowSequence);
        match token.kind {
            TokenKind::FlowSequenceEnd => self.close_flow(token),
            TokenKind::Key => {
                self.scanner.skip();
                self.enter_plain(Kind::Mapping, Style::Flow, State::PairKey, token.start, frame.column);
            }
            _ => self.node(false, false)?,
        }
        Ok(())
    }

    fn pair_key(&mut self) -> Result<()> {
        let token = self.peek()?;
        self.set_state(State::PairValue);
        match token.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                // The reference takes the token as if it were the key.
                self.scanner.skip();
                self.empty(token.end);
                Ok(())
            }
            _ => self.node(false, false),
        }
    }

    fn pair_value(&mut self) -> Result<()> {
        let token = self.peek()?;
        self.set_state(State::PairEnd);
        if token.kind == TokenKind::Value {
            self.scanner.skip();
            self.last_end = token.end;
            if !matches!(self.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                return self.node(false, false);
            }
        }
        self.empty(token.start);
        Ok(())
    }

    fn flow_key(&mut self, frame: Frame) -> Result<()> {
        let mut token = self.peek()?;
        if token.kind != TokenKind::FlowMappingEnd && frame.state != State::FlowKeyFirst {
            if token.kind != TokenKind::FlowEntry {
                return Err(grammar_fault(Problem::FlowMapping, Some(frame.mark), token.start));
            }
            self.scanner.skip();
            token = self.peek()?;
        }
        match token.kind {
            TokenKind::FlowMappingEnd => {
                self.close_flow(token);
                Ok(())
            }
            TokenKind::Key => {
                self.scanner.skip();
                self.set_state(State::FlowValue);
                let token = self.peek()?;
                match token.kind {
                    TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd => {
                        self.empty(token.start);
                        Ok(())
                    }
                    _ => self.node(false, false),
                }
            }
            _ => {
                self.set_state(State::FlowEmptyValue);
                self.node(false, false)
            }
        }
    }

    fn flow_value(&mut self, frame: Frame) -> Result<()> {
        let mut token = self.peek()?;
        self.set_state(State::FlowKey);
        if frame.state == State::FlowValue && token.kind == TokenKind::Value {
            self.scanner.skip();
            self.last_end = token.end;
            token = self.peek()?;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                return self.node(false, false);
            }
        }
        self.empty(token.start);
        Ok(())
    }

    fn close_flow(&mut self, token: Peek) {
        self.give_end_comments();
        self.scanner.skip();
        self.last_end = token.end;
        self.pop();
    }

    /// A scalar, an alias, or the beginning of a collection.
    fn node(&mut self, block: bool, indentless: bool) -> Result<()> {
        let mut token = self.peek()?;
        let mut properties = NodeProperties::default();
        match token.kind {
            TokenKind::Scalar => {
                let scalar = self.scanner.head();
                self.scanner.skip();
                self.scalar_token(scalar);
                return Ok(());
            }
            TokenKind::Alias => return self.alias(self.scanner.head()),
            TokenKind::Anchor | TokenKind::Tag => {
                properties = self.node_properties()?;
                token = self.peek()?;
            }
            _ => {}
        }
        let (kind, style, state) = match token.kind {
            TokenKind::BlockEntry if indentless => (Kind::Sequence, Style::Block, State::IndentlessSequence),
            TokenKind::FlowSequenceStart => (Kind::Sequence, Style::Flow, State::FlowSequenceFirst),
            TokenKind::FlowMappingStart => (Kind::Mapping, Style::Flow, State::FlowKeyFirst),
            TokenKind::BlockSequenceStart if block => (Kind::Sequence, Style::Block, State::BlockSequence),
            TokenKind::BlockMappingStart if block => (Kind::Mapping, Style::Block, State::BlockKey),
            TokenKind::Scalar => {
                let scalar = self.scanner.head();
                self.scanner.skip();
                self.scalar(scalar, properties);
                return Ok(());
            }
            _ if properties.start.is_some() => {
                let end = properties.end as usize;
                self.scalar(Token::new(TokenKind::Scalar, end, end), properties);
                return Ok(());
            }
            _ => {
                let context = properties.start.unwrap_or(token.start);
                return Err(grammar_fault(Problem::Content, Some(context), token.start));
            }
        };
        let token = self.scanner.head();
        if state != State::IndentlessSequence {
            self.scanner.skip();
        }
        self.enter(kind, style, state, token, properties);
        Ok(())
    }

    fn set_state(&mut self, state: State) {
        self.frames.last_mut().expect("a collection is open").state = state;
    }
}

pub(super) fn grammar_fault(problem: Problem, context: Option<u32>, at: u32) -> Box<Fault> {
    Fault::grammar(problem, context.map(|mark| mark as usize), at as usize)
}
