//! Writes nodes into the tree.

use super::fault::{Fault, Origin, Result};
use super::parser::{Frame, Parser, State, grammar_fault};
use super::scanner::TagParts;
use super::token::{Token, TokenKind};
use crate::error::Problem;
use crate::resolve::Dialect;
use crate::tree::{Kind, Node, NodeId, Properties, Span, Style, Text};

/// Anchor and tag of a node to come.
#[derive(Clone, Copy, Default)]
pub(super) struct NodeProperties {
    pub(super) start: Option<u32>,
    pub(super) end: u32,
    pub(super) anchor: Option<Span>,
    pub(super) tag: Option<Text>,
}

impl<'s> Parser<'s> {
    pub(super) fn alias(&mut self, token: Token) -> Result<()> {
        let name = self.slice(Span { start: token.first, end: token.second });
        let Some(&target) = self.anchors.get(name) else {
            let problem = Problem::UnknownAnchor(name.to_owned());
            return Err(Box::new(Fault { problem, at: token.start as usize, context: None, origin: Origin::Tree }));
        };
        self.scanner.skip();
        self.last_end = token.end;
        self.count_child();
        self.give_comments(self.nodes.len() as u32);
        self.nodes.push(Node {
            start: token.start,
            end: token.end,
            first: target.0,
            second: 0,
            kind: Kind::Alias,
            style: Style::Block,
            own_text: false,
            has_properties: false,
        });
        Ok(())
    }

    /// An anchor and a tag, in any order.
    pub(super) fn node_properties(&mut self) -> Result<NodeProperties> {
        let mut properties = NodeProperties::default();
        let mut tag = None;
        loop {
            let token = self.scanner.head();
            match token.kind {
                TokenKind::Anchor if properties.anchor.is_none() => {
                    properties.anchor = Some(Span { start: token.first, end: token.second });
                }
                TokenKind::Tag if tag.is_none() => tag = Some(token),
                _ => break,
            }
            properties.start.get_or_insert(token.start);
            properties.end = token.end;
            self.last_end = token.end;
            self.scanner.skip();
            self.peek()?;
        }
        if let Some(tag) = tag {
            let parts = self.scanner.tags[tag.first as usize];
            properties.tag = Some(self.resolve_tag(parts, properties.start, tag.start)?);
        }
        Ok(properties)
    }

    /// Puts handle and suffix together, in short form. Most tags stand in the source that way already.
    pub(super) fn resolve_tag(&mut self, parts: TagParts, context: Option<u32>, at: u32) -> Result<Text> {
        let suffix = self.text(parts.suffix);
        let handle = self.slice(parts.handle);
        let long = match (handle, self.tag_directives.get(handle)) {
            ("", _) => suffix.to_owned(),
            (_, Some(&prefix)) => format!("{}{suffix}", self.text(prefix)),
            ("!" | "!!", None) => {
                if !parts.suffix.own {
                    return Ok(Text {
                        span: Span { start: parts.handle.start, end: parts.suffix.span.end },
                        own: false,
                    });
                }
                format!("{handle}{suffix}")
            }
            _ => return Err(grammar_fault(Problem::UndefinedTagHandle, context, at)),
        };
        Ok(match long.strip_prefix("tag:yaml.org,2002:") {
            Some(short) => self.own_text(&format!("!!{short}")),
            None => self.own_text(&long),
        })
    }

    pub(super) fn own_text(&mut self, text: &str) -> Text {
        let start = self.scanner.texts.len() as u32;
        self.scanner.texts.push_str(text);
        Text { span: Span { start, end: self.scanner.texts.len() as u32 }, own: true }
    }

    pub(super) fn scalar_token(&mut self, token: Token) {
        self.last_end = token.end;
        self.count_child();
        self.give_comments(self.nodes.len() as u32);
        self.nodes.push(Node {
            start: token.start,
            end: token.end,
            first: token.first,
            second: token.second,
            kind: Kind::Scalar,
            style: token.style,
            own_text: token.own,
            has_properties: false,
        });
    }

    pub(super) fn scalar(&mut self, token: Token, mut properties: NodeProperties) {
        if self.dialect == Dialect::V2
            && let Some(tag) = properties.tag
            && self.text(tag) == "!"
        {
            // The older dialect takes the lone mark for a sign of a text.
            properties.tag = Some(self.own_text("!!str"));
        }
        let id = self.nodes.len() as u32;
        let has_properties = self.keep_properties(id, token.start, properties);
        self.scalar_token(token);
        self.nodes[id as usize].has_properties = has_properties;
    }

    /// `[]` or `{}`.
    pub(super) fn empty_flow(&mut self, kind: Kind, start: usize) {
        self.count_child();
        let start = start as u32;
        self.last_end = start + 2;
        let id = self.open(kind, Style::Flow, start);
        self.nodes[id as usize].end = start + 2;
    }

    /// Gives comments to the innermost collection, which ends.
    pub(super) fn give_end_comments(&mut self) {
        if let (Some(keeper), Some(frame)) = (&mut self.keeper, self.frames.last()) {
            keeper.give_end(frame.node);
        }
    }

    pub(super) fn give_comments(&mut self, node: u32) {
        if let Some(keeper) = &mut self.keeper {
            keeper.give(node);
        }
    }

    /// A scalar that is not there.
    pub(super) fn empty(&mut self, mark: u32) {
        self.count_child();
        let text = mark.min(self.scanner.source.text().len() as u32);
        self.nodes.push(Node {
            start: mark,
            end: mark,
            first: text,
            second: text,
            kind: Kind::Scalar,
            style: Style::Plain,
            own_text: false,
            has_properties: false,
        });
    }

    pub(super) fn count_child(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.count += 1;
        }
    }

    /// Begins a collection that the frames do not know of.
    pub(super) fn open(&mut self, kind: Kind, style: Style, start: u32) -> u32 {
        let id = self.nodes.len() as u32;
        self.nodes.push(Node {
            start,
            end: start,
            first: id + 1,
            second: 0,
            kind,
            style,
            own_text: false,
            has_properties: false,
        });
        id
    }

    /// Begins a collection that becomes the innermost.
    pub(super) fn enter(&mut self, kind: Kind, style: Style, state: State, token: Token, properties: NodeProperties) {
        let column = match state {
            State::BlockSequence | State::BlockKey => token.first,
            _ => self.frames.last().map_or(0, |frame| frame.column),
        };
        let id = self.nodes.len() as u32;
        let has_properties = self.keep_properties(id, token.start, properties);
        if let Some(keeper) = &mut self.keeper {
            match token.kind {
                TokenKind::FlowSequenceStart | TokenKind::FlowMappingStart => keeper.give(id),
                TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart => keeper.give_stem(id),
                _ => {}
            }
        }
        self.enter_plain(kind, style, state, token.start, column);
        self.nodes[id as usize].has_properties = has_properties;
    }

    pub(super) fn enter_plain(&mut self, kind: Kind, style: Style, state: State, mark: u32, column: u32) {
        self.count_child();
        let node = self.open(kind, style, mark);
        self.frames.push(Frame { state, mark, node, count: 0, column });
    }

    /// Ends the innermost collection.
    pub(super) fn pop(&mut self) {
        let frame = self.frames.pop().expect("a collection is open");
        self.close(frame.node, frame.count);
    }

    pub(super) fn close(&mut self, id: u32, count: u32) {
        let first = self.nodes.len() as u32;
        let node = &mut self.nodes[id as usize];
        node.first = first;
        node.second = count;
        node.end = self.last_end.max(node.start);
        self.last_end = node.end;
    }

    pub(super) fn keep_properties(&mut self, node: u32, content: u32, properties: NodeProperties) -> bool {
        let Some(start) = properties.start else { return false };
        let tag = properties.tag.filter(|&tag| self.text(tag) != "!");
        if let Some(anchor) = properties.anchor {
            let name = self.slice(anchor);
            self.anchors.insert(name, NodeId(node));
        }
        self.properties.push(Properties { node, start: start.min(content), anchor: properties.anchor, tag });
        true
    }

    pub(super) fn slice(&self, span: Span) -> &'s str {
        &self.scanner.source.text()[span.start as usize..span.end as usize]
    }

    pub(super) fn text(&self, text: Text) -> &str {
        let base = if text.own { self.scanner.texts.as_str() } else { self.scanner.source.text() };
        &base[text.span.start as usize..text.span.end as usize]
    }
}
