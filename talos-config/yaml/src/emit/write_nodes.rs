//! Writing [`Node`]s with their comments.
//!
//! Where a comment ends up follows the original to the line, so the writer keeps what it keeps: a comment belongs to no node
//! but waits until the next place where one of its sort is written, and three facts about the current line decide on breaks.

use super::node::{Kind, Node, Style as NodeStyle};
use super::style::{Context, Look, Style};
use super::tags::{self, collection_tag, scalar_tag, tag_length};
use super::written::Written;
use super::{LONGEST_SIMPLE_KEY, Layout, quote};
use crate::tree::Tree;

/// Writes documents, separated by `---`, as YAML text that ends with a line feed.
///
/// Each of `documents` is a node of the kind [`Kind::Document`] or the root of one. Lines are not folded in either layout.
#[must_use]
pub fn emit_nodes(documents: &[Node<'_>], layout: Layout) -> String {
    emit(documents, layout)
}

/// Writes all documents that were read, in the given layout, with their comments if they were kept.
///
/// Texts keep their quotes, blocks and brackets, aliases and tags stay; blank lines and the width of lines are not kept.
#[must_use]
pub fn emit_tree(tree: &Tree<'_>, layout: Layout) -> String {
    emit(tree.documents().iter().map(|&id| (tree, id)), layout)
}

fn emit<'n, N: Written<'n>>(documents: impl IntoIterator<Item = N>, layout: Layout) -> String {
    let mut writer = Writer::new(layout);
    for (at, document) in documents.into_iter().enumerate() {
        writer.document(document, at > 0);
    }
    writer.out
}

struct Writer<'n, N: Written<'n>> {
    out: String,
    layout: Layout,
    /// Whether a blank, or nothing, stands before what comes next.
    blank: bool,
    /// Whether the line holds nothing but blanks, dashes and the like yet.
    fresh: bool,
    /// Column of the entries of the open collection.
    indent: Option<usize>,
    /// Column of the last comment below a node, until a line follows it.
    foot_indent: Option<usize>,
    waiting: Waiting<'n>,
    flow_depth: usize,
    open: Vec<Frame<'n, N>>,
}

/// Comments that wait for their place.
#[derive(Default)]
struct Waiting<'n> {
    head: &'n str,
    line: &'n str,
    foot: &'n str,
    /// Foot of the entry before, which is written ahead of the next one.
    tail: &'n str,
    /// From a key, for the line its value starts on.
    key_line: &'n str,
}

/// An open collection.
struct Frame<'n, N: Written<'n>> {
    node: N,
    kind: Kind,
    flow: bool,
    children: N::Children,
    /// Children that were written.
    done: usize,
    /// Whether the last key stood on one line with its colon.
    simple: bool,
    /// Whether the comma behind the last entry is there already, ahead of its comment.
    comma: bool,
    tail: &'n str,
    /// Indentation outside of it.
    outer: Option<usize>,
}

/// Which sort of comment stands around a child.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Root,
    Item,
    Key,
    Value,
}

impl<'n, N: Written<'n>> Writer<'n, N> {
    fn new(layout: Layout) -> Self {
        Writer {
            out: String::new(),
            layout,
            blank: true,
            fresh: true,
            indent: None,
            foot_indent: None,
            waiting: Waiting::default(),
            flow_depth: 0,
            open: Vec::new(),
        }
    }

    fn document(&mut self, document: N, further: bool) {
        let (root, head, foot) = match document.kind() {
            Kind::Document => (document.children().next(), document.head(), document.foot()),
            _ => (Some(document), "", ""),
        };
        wait(&mut self.waiting.head, head);
        if further {
            self.line();
            self.mark("---", true, false, false);
            self.line();
        }
        if !self.waiting.head.is_empty() {
            self.head();
            self.end_line();
        }
        if let Some(root) = root {
            self.announce(root, "");
            self.head();
            self.node(root, Role::Root);
            self.line_and_foot();
            self.walk();
        }
        wait(&mut self.waiting.foot, foot);
        self.foot_indent = Some(0);
        self.foot();
        self.foot_indent = None;
        self.line();
    }

    /// Writes all that is open to its end.
    fn walk(&mut self) {
        while let Some(frame) = self.open.last_mut() {
            let Some(child) = frame.children.next() else {
                self.end();
                continue;
            };
            frame.done += 1;
            match (frame.kind, frame.flow) {
                (Kind::Mapping, flow) if frame.done % 2 == 1 => {
                    let tail = std::mem::replace(&mut frame.tail, child.foot());
                    self.key(child, tail, flow);
                }
                (Kind::Mapping, false) => self.value(child),
                (Kind::Mapping, true) => self.flow_value(child),
                (_, false) => self.item(child),
                (_, true) => self.flow_item(child),
            }
        }
    }

    fn item(&mut self, child: N) {
        self.announce(child, "");
        self.head();
        self.line();
        self.mark("-", true, false, true);
        self.node(child, Role::Item);
        self.line_and_foot();
    }

    fn key(&mut self, child: N, tail: &'n str, flow: bool) {
        self.announce_key(child, tail);
        if flow {
            self.comma();
        }
        self.head();
        if !flow {
            self.line();
            if !self.waiting.line.is_empty() {
                self.waiting.key_line = std::mem::take(&mut self.waiting.line);
            }
        } else if self.column() == 0 {
            self.line();
        }
        let simple = is_simple_key(child);
        if !simple {
            self.mark("?", true, false, !flow);
        }
        self.frame().simple = simple;
        self.node(child, Role::Key);
    }

    fn value(&mut self, child: N) {
        self.announce(child, "");
        if self.frame().simple {
            self.mark(":", false, false, false);
        } else {
            self.line();
            self.mark(":", true, false, true);
        }
        if !self.waiting.key_line.is_empty() {
            match child.kind() {
                Kind::Scalar if self.waiting.line.is_empty() => {
                    self.waiting.line = std::mem::take(&mut self.waiting.key_line);
                }
                Kind::Mapping | Kind::Sequence if child.style() != NodeStyle::Flow => {
                    let own = std::mem::replace(&mut self.waiting.line, self.waiting.key_line);
                    self.line_comment();
                    self.waiting.line = own;
                    self.waiting.key_line = "";
                }
                _ => {}
            }
        }
        self.frame().simple = false;
        self.node(child, Role::Value);
        self.line_and_foot();
    }

    fn flow_item(&mut self, child: N) {
        self.announce(child, "");
        self.comma();
        self.head();
        if self.column() == 0 {
            self.line();
        }
        self.flow_entry(child, Role::Item);
    }

    fn flow_value(&mut self, child: N) {
        self.announce(child, "");
        let simple = self.frame().simple;
        self.mark(":", !simple, false, false);
        self.frame().simple = false;
        self.flow_entry(child, Role::Value);
    }

    /// A node in flow whose comment, if any, comes behind the comma.
    fn flow_entry(&mut self, child: N, role: Role) {
        self.frame().comma = self.comment_waits();
        self.node(child, role);
        if self.comment_waits() {
            self.mark(",", false, false, false);
        }
        self.line_and_foot();
    }

    /// The comma between two entries in flow, unless it is there.
    fn comma(&mut self) {
        let frame = self.frame();
        if frame.done > 1 && !frame.comma {
            self.mark(",", false, false, false);
        }
    }

    /// Ends the innermost collection.
    fn end(&mut self) {
        let Some(frame) = self.open.pop() else { return };
        wait(&mut self.waiting.tail, frame.tail);
        wait(&mut self.waiting.line, frame.node.line());
        wait(&mut self.waiting.foot, frame.node.foot());
        let mapping = frame.kind == Kind::Mapping;
        if frame.flow && mapping && frame.done > 0 && !frame.comma {
            let Waiting { head, foot, tail, .. } = self.waiting;
            if !(head.is_empty() && foot.is_empty() && tail.is_empty()) {
                self.mark(",", false, false, false);
            }
        }
        if mapping {
            self.head();
        }
        self.indent = frame.outer;
        if !frame.flow {
            return;
        }
        self.flow_depth -= 1;
        if !mapping && self.column() == 0 {
            self.line();
        }
        self.mark(if mapping { "}" } else { "]" }, false, false, false);
        self.line_and_foot();
    }

    /// Writes a scalar or alias, or opens a collection.
    fn node(&mut self, node: N, role: Role) {
        match node.kind() {
            Kind::Document => {
                // A document within a document is its root.
                if let Some(root) = node.children().next() {
                    self.node(root, role);
                }
            }
            Kind::Alias => {
                self.mark("*", true, false, false);
                self.text(node.value());
            }
            Kind::Scalar => self.scalar(node, role),
            kind @ (Kind::Mapping | Kind::Sequence) => {
                self.properties(node.anchor(), collection_tag(node));
                let flow = self.flow_depth > 0 || node.style() == NodeStyle::Flow || node.is_empty();
                let outer = self.indent;
                let indent = if outer.is_none() && !flow {
                    0
                } else if self.layout == Layout::V2
                    && kind == Kind::Sequence
                    && role == Role::Value
                    && !flow
                    && !self.fresh
                {
                    outer.unwrap_or_default()
                } else {
                    self.inner_indent(role)
                };
                if flow {
                    self.mark(if kind == Kind::Mapping { "{" } else { "[" }, true, true, false);
                    self.flow_depth += 1;
                }
                self.indent = Some(indent);
                self.open.push(Frame {
                    node,
                    kind,
                    flow,
                    children: node.children(),
                    done: 0,
                    simple: false,
                    comma: false,
                    tail: "",
                    outer,
                });
            }
        }
    }

    fn scalar(&mut self, node: N, role: Role) {
        let simple_key = role == Role::Key && self.frame().simple;
        let context = Context { layout: self.layout, flow: self.flow_depth > 0, simple_key };
        let (tag, quoted) = scalar_tag(node);
        let text = node.value();
        let look = Look::at(text);
        let block = look.block(text, context);
        let style = match node.style() {
            NodeStyle::Double => NodeStyle::Double,
            NodeStyle::Single => NodeStyle::Single,
            NodeStyle::Literal | NodeStyle::Folded if !block => NodeStyle::Double,
            NodeStyle::Literal | NodeStyle::Folded => node.style(),
            _ if look.has(super::style::FEED) && block => NodeStyle::Literal,
            _ if look.has(super::style::FEED) || quoted => NodeStyle::Double,
            _ => match look.plain(text, context) {
                Style::Plain => NodeStyle::Plain,
                Style::Single => NodeStyle::Single,
                Style::Double | Style::Block => NodeStyle::Double,
            },
        };
        self.properties(node.anchor(), tag);
        let indent = self.inner_indent(role);
        match style {
            NodeStyle::Plain | NodeStyle::Flow => {
                if !text.is_empty() {
                    self.space();
                }
                self.text(text);
                self.blank &= text.is_empty();
            }
            NodeStyle::Single if look.single(text) == Style::Single => {
                self.space();
                quote::single_lines(&mut self.out, text, indent, usize::MAX);
                self.inked();
            }
            NodeStyle::Single | NodeStyle::Double => {
                self.space();
                quote::double(&mut self.out, text);
                self.inked();
            }
            NodeStyle::Literal => self.block("|", text, |out| quote::block_lines(out, text, indent)),
            NodeStyle::Folded => self.block(">", text, |out| quote::folded_lines(out, text, indent)),
        }
    }

    fn block(&mut self, mark: &str, text: &'n str, lines: impl FnOnce(&mut String)) {
        self.mark(mark, true, false, false);
        quote::block_header(&mut self.out, text, self.layout.indent());
        self.line_comment();
        if !quote::starts_with_break(text) && self.column() > 0 {
            self.out.push('\n');
        }
        lines(&mut self.out);
        self.blank = true;
        self.fresh = self.column() == 0;
    }

    /// Anchor and tag.
    fn properties(&mut self, anchor: &str, tag: &str) {
        if !anchor.is_empty() {
            self.mark("&", true, false, false);
            self.text(anchor);
        }
        if tag.is_empty() {
            return;
        }
        self.space();
        tags::write(&mut self.out, tag);
        self.inked();
    }

    /// Indentation of what is one level further in.
    fn inner_indent(&self, role: Role) -> usize {
        let in_block_item = role == Role::Item && self.flow_depth == 0;
        match (self.indent, self.layout) {
            (None, _) => self.layout.indent(),
            (Some(indent), Layout::V2) => indent + 2,
            (Some(indent), Layout::V3 { .. }) if in_block_item => indent + 2,
            (Some(indent), Layout::V3 { indent: step }) => step * (indent / step + 1),
        }
    }

    /// Lets the comments of a node wait for their places.
    fn announce(&mut self, node: N, tail: &'n str) {
        self.announce_key(node, tail);
        if !matches!(node.kind(), Kind::Mapping | Kind::Sequence) {
            wait(&mut self.waiting.foot, node.foot());
        }
    }

    /// The foot of a key comes only after its value.
    fn announce_key(&mut self, node: N, tail: &'n str) {
        wait(&mut self.waiting.head, node.head());
        wait(&mut self.waiting.tail, tail);
        if !matches!(node.kind(), Kind::Mapping | Kind::Sequence) {
            wait(&mut self.waiting.line, node.line());
        }
    }

    fn comment_waits(&self) -> bool {
        let Waiting { line, foot, tail, .. } = self.waiting;
        !(line.is_empty() && foot.is_empty() && tail.is_empty())
    }

    fn head(&mut self) {
        let tail = std::mem::take(&mut self.waiting.tail);
        if !tail.is_empty() {
            self.line();
            self.comment(tail);
            self.foot_indent = Some(self.indent.unwrap_or_default());
        }
        let head = std::mem::take(&mut self.waiting.head);
        if !head.is_empty() {
            self.line();
            self.comment(head);
        }
    }

    fn line_and_foot(&mut self) {
        self.line_comment();
        self.foot();
    }

    fn line_comment(&mut self) {
        let line = std::mem::take(&mut self.waiting.line);
        if !line.is_empty() {
            self.space();
            self.comment(line);
        }
    }

    fn foot(&mut self) {
        let foot = std::mem::take(&mut self.waiting.foot);
        if !foot.is_empty() {
            self.line();
            self.comment(foot);
            self.foot_indent = Some(self.indent.unwrap_or_default());
        }
    }

    /// Writes comment lines, each with a `#`, and ends the last.
    fn comment(&mut self, comment: &str) {
        let (lines, ended) = match comment.strip_suffix('\n') {
            Some(lines) => (lines, true),
            None => (comment, false),
        };
        for (at, line) in lines.split('\n').enumerate() {
            if at > 0 {
                self.end_line();
            }
            if line.is_empty() {
                continue;
            }
            if at > 0 {
                self.line();
            }
            if !line.starts_with('#') {
                self.out.push_str("# ");
            }
            self.out.push_str(line);
            self.fresh = false;
        }
        if ended || !lines.is_empty() {
            self.end_line();
        }
        self.blank = true;
    }

    /// Starts a line at the indentation, unless the current one is as good.
    fn line(&mut self) {
        let indent = self.indent.unwrap_or_default();
        let mut column = self.column();
        if !self.fresh || column > indent || column == indent && !self.blank {
            self.end_line();
            column = 0;
        }
        if self.foot_indent.take() == Some(indent) {
            self.end_line();
            column = 0;
        }
        quote::blanks(&mut self.out, indent.saturating_sub(column));
        self.blank = true;
    }

    fn end_line(&mut self) {
        self.out.push('\n');
        self.fresh = true;
    }

    /// Writes an indicator. `space`: it needs a blank before it; `blank`: it stands for one; `fresh`: it belongs to the
    /// indentation.
    fn mark(&mut self, mark: &str, space: bool, blank: bool, fresh: bool) {
        if space {
            self.space();
        }
        self.out.push_str(mark);
        self.blank = blank;
        self.fresh &= fresh;
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
        self.fresh = false;
    }

    fn inked(&mut self) {
        self.blank = false;
        self.fresh = false;
    }

    fn space(&mut self) {
        if !self.blank {
            self.out.push(' ');
        }
    }

    fn column(&self) -> usize {
        quote::column(&self.out)
    }

    fn frame(&mut self) -> &mut Frame<'n, N> {
        self.open.last_mut().expect("an open collection")
    }
}

/// Puts a comment where the next one of its sort is taken from; an empty one leaves what waits there.
fn wait<'n>(place: &mut &'n str, comment: &'n str) {
    if !comment.is_empty() {
        *place = comment;
    }
}

/// Whether a key stands on one line with its colon.
fn is_simple_key<'n>(node: impl Written<'n>) -> bool {
    let length = match node.kind() {
        Kind::Alias => return node.value().len() <= LONGEST_SIMPLE_KEY,
        Kind::Scalar if Look::at(node.value()).multiline(node.value()) => return false,
        Kind::Scalar => node.value().len() + tag_length(scalar_tag(node).0),
        _ if !node.is_empty() => return false,
        _ => tag_length(collection_tag(node)),
    };
    length + node.anchor().len() <= LONGEST_SIMPLE_KEY
}
