//! Writing YAML: a streaming [`Emitter`] whose bytes are those of the writers behind the original.
//!
//! The emitter trusts its caller with the structure: in a mapping each value follows its [`Emitter::key`], and what was
//! started is ended. It decides layout and quoting, in one pass over each text and into one `String`.
//!
//! ```
//! use talos_config_yaml::emit::{Emitter, Layout};
//!
//! let mut out = Emitter::new(Layout::TALOS);
//! out.mapping_start();
//! out.key("certSANs");
//! out.sequence_start();
//! out.string("10.0.0.1");
//! out.string("on");
//! out.sequence_end();
//! out.key("nodeLabels");
//! out.mapping_start();
//! out.mapping_end();
//! out.mapping_end();
//! assert_eq!(out.finish(), "certSANs:\n    - 10.0.0.1\n    - \"on\"\nnodeLabels: {}\n");
//! ```

pub(crate) mod ambiguous;
mod binary;
mod from_tree;
mod node;
mod number;
mod quote;
mod style;
mod tags;
mod value;
mod write_nodes;
mod written;

pub use node::{Kind, Node, Style};
pub use value::{emit_value, write_entries, write_in_order, write_value};
pub use write_nodes::{emit_nodes, emit_tree};

use style::{Context, Look};

/// Rules for indentation and line length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Mappings and lists are indented to the next multiple of `indent` (2 to 9), what stands in a list item by two; lines
    /// are never folded. Typed documents are written so, with an indentation of 4 ([`Layout::TALOS`]).
    V3 {
        /// Blanks a level takes.
        indent: usize,
    },
    /// Two blanks a level, list items flush with their key, texts folded at blanks beyond column 80. The result of a JSON
    /// patch is written so.
    V2,
}

impl Layout {
    /// Layout of machine configurations, secrets and client configurations.
    pub const TALOS: Layout = Layout::V3 { indent: 4 };

    fn indent(self) -> usize {
        match self {
            Layout::V3 { indent } => indent,
            Layout::V2 => 2,
        }
    }
}

/// Writes a stream of nodes as YAML text.
#[derive(Debug)]
pub struct Emitter {
    out: String,
    layout: Layout,
    readable: bool,
    /// Whether the next collection is set in flow.
    flow_next: bool,
    /// The collection that is open now.
    top: Frame,
    /// Those around it, outermost first.
    outer: Vec<Frame>,
    /// Where the next value in a mapping goes.
    place: Place,
}

/// An open collection, or the document itself.
#[derive(Clone, Copy, Debug)]
struct Frame {
    kind: Open,
    /// Whether it has an entry yet.
    filled: bool,
    /// Column of its keys or dashes.
    column: usize,
    /// What it stands behind.
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Document,
    Mapping,
    Sequence,
    FlowMapping,
    FlowSequence,
}

/// What stands right before a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing: it is a document.
    Document,
    /// A key and its colon.
    Key,
    /// The question mark of a key that does not fit on a line.
    Question,
    /// The colon behind such a key, on a line of its own.
    Colon,
    /// The dash of a list item.
    Dash,
    /// A bracket or comma, in a flow list.
    Flow,
}

impl Frame {
    const DOCUMENT: Frame = Frame { kind: Open::Document, filled: false, column: 0, place: Place::Document };

    fn flow(&self) -> bool {
        matches!(self.kind, Open::FlowMapping | Open::FlowSequence)
    }
}

/// Whether the plain writer makes a block of a text that does not read back as it was. `item`: the text stands directly in
/// a list item, or in a mapping that is one.
pub fn is_lost_as_block(text: &str, item: bool) -> bool {
    let look = Look::at(text);
    let context = Context { layout: Layout::TALOS, flow: false, simple_key: false };
    look.string(text, context) == style::Style::Block && !reads_back(look, text, Layout::TALOS, item)
}

/// Whether a block text is read back as it was; `shifted` where it is indented otherwise than its reader expects.
fn reads_back(look: Look, text: &str, layout: Layout, shifted: bool) -> bool {
    if look.has_separator() || text.starts_with('\t') {
        return false;
    }
    match text.as_bytes().first() {
        Some(b'\n') if layout != Layout::V2 => false,
        Some(b'\n' | b' ') => !shifted,
        _ => true,
    }
}

impl Emitter {
    /// Starts an empty text.
    pub fn new(layout: Layout) -> Emitter {
        Emitter::with_capacity(layout, 0)
    }

    /// Starts an empty text with room for `bytes` bytes, best the size of the last such text.
    pub fn with_capacity(layout: Layout, bytes: usize) -> Emitter {
        Emitter {
            out: String::with_capacity(bytes),
            layout,
            readable: false,
            flow_next: false,
            top: Frame::DOCUMENT,
            outer: Vec::new(),
            place: Place::Document,
        }
    }

    /// Whether texts that the usual layout would make unreadable, or change, are set in double quotes instead.
    ///
    /// The original writes a text of several lines as a block even where its own reader refuses the result (a leading blank
    /// within a list item) or drops a leading line feed, and the key `<<` so that it reads as a merge key. The default is
    /// to do the same.
    #[must_use]
    pub fn readable(mut self, readable: bool) -> Emitter {
        self.readable = readable;
        self
    }

    /// The layout of the text.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Starts a mapping.
    #[inline]
    pub fn mapping_start(&mut self) {
        let place = self.enter();
        if self.top.flow() || self.flow_next {
            return self.flow_start(Open::FlowMapping, place);
        }
        let column = match place {
            Place::Document => 0,
            _ => self.inner_column(),
        };
        self.push(Frame { kind: Open::Mapping, filled: false, column, place });
    }

    /// Ends a mapping; one without entries is `{}`.
    #[inline]
    pub fn mapping_end(&mut self) {
        match self.top.kind {
            Open::FlowMapping => self.out.push('}'),
            _ if !self.top.filled => self.ready("{}", self.top.place),
            _ => {}
        }
        self.pop();
    }

    /// Starts a list.
    #[inline]
    pub fn sequence_start(&mut self) {
        let place = self.enter();
        if self.top.flow() || self.flow_next {
            return self.flow_start(Open::FlowSequence, place);
        }
        let column = match place {
            Place::Document => 0,
            Place::Key if self.layout == Layout::V2 => self.top.column,
            _ => self.inner_column(),
        };
        self.push(Frame { kind: Open::Sequence, filled: false, column, place });
    }

    /// Starts a list in brackets, for fields marked so; all within it is set in brackets and braces too.
    pub fn flow_sequence_start(&mut self) {
        self.flow();
        self.sequence_start();
    }

    /// Sets the next collection, and all within it, in brackets or braces.
    pub fn flow(&mut self) {
        self.flow_next = true;
    }

    /// Ends a list; one without items is `[]`.
    #[inline]
    pub fn sequence_end(&mut self) {
        match self.top.kind {
            Open::FlowSequence => self.out.push(']'),
            _ if !self.top.filled => self.ready("[]", self.top.place),
            _ => {}
        }
        self.pop();
    }

    /// Writes the key of the next value, quoted as [`Emitter::string`] would; a key of several lines or more than 128 bytes
    /// stands behind a question mark.
    pub fn key(&mut self, text: &str) {
        let look = Look::at(text);
        let simple = text.len() <= LONGEST_SIMPLE_KEY && !look.multiline(text);
        self.key_start(simple);
        let style =
            if self.readable && text == "<<" { style::Style::Double } else { self.string_style(look, text, simple) };
        self.scalar(look, text, style, simple);
        self.key_end(simple);
    }

    /// Writes a key that is known to need no quotes, such as the name of a field.
    #[inline]
    pub fn field(&mut self, name: &'static str) {
        self.key_start(true);
        self.out.push_str(name);
        self.key_end(true);
    }

    /// Writes a key that is not a string, from its ready text: `1`, `true`, `null`, `1.5`.
    pub fn plain_key(&mut self, text: &str) {
        self.key_start(true);
        self.plain_scalar(text, true);
        self.key_end(true);
    }

    /// Writes a string in the simplest style in which it reads back as that string.
    #[inline]
    pub fn string(&mut self, text: &str) {
        let place = self.enter();
        self.space(place);
        let look = Look::at(text);
        let style = self.string_style(look, text, false);
        self.scalar(look, text, style, false);
    }

    /// Writes text that may not be UTF-8; if it is not, as base64 tagged `!!binary`.
    pub fn bytes(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.string(text),
            Err(_) => {
                let place = self.enter();
                self.space(place);
                self.binary(&binary::base64_lines(bytes), false);
            }
        }
    }

    /// Writes a key that may not be UTF-8; if it is not, as base64 tagged `!!binary`.
    pub fn bytes_key(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.key(text),
            Err(_) => {
                let text = binary::base64_lines(bytes);
                let simple = !text.ends_with('\n');
                self.key_start(simple);
                self.binary(&text, simple);
                self.key_end(simple);
            }
        }
    }

    fn binary(&mut self, text: &str, simple_key: bool) {
        self.out.push_str("!!binary ");
        let look = Look::at(text);
        let style = match (look.has(style::FEED), look.block(text, self.context(simple_key))) {
            (false, _) => style::Style::Plain,
            (true, true) => style::Style::Block,
            (true, false) => style::Style::Double,
        };
        self.scalar(look, text, style, simple_key);
    }

    /// Writes a ready text that is not a string, such as a number, `null`, a time or `0o644`; quoted only if it could not
    /// stand as it is.
    #[inline]
    pub fn plain(&mut self, text: &str) {
        let place = self.enter();
        if !text.is_empty() {
            self.space(place);
        }
        self.plain_scalar(text, false);
    }

    /// Writes `null`.
    #[inline]
    pub fn null(&mut self) {
        let place = self.enter();
        self.ready("null", place);
    }

    /// Writes `true` or `false`.
    #[inline]
    pub fn boolean(&mut self, value: bool) {
        let place = self.enter();
        self.ready(if value { "true" } else { "false" }, place);
    }

    /// Writes an integer in decimal.
    #[inline]
    pub fn integer(&mut self, value: i64) {
        let place = self.enter();
        self.space(place);
        number::integer(&mut self.out, value);
    }

    /// Writes an integer without a sign in decimal.
    #[inline]
    pub fn unsigned(&mut self, value: u64) {
        let place = self.enter();
        self.space(place);
        number::unsigned(&mut self.out, value);
    }

    /// Writes a float in its shortest form: `1.5`, `1000`, `1e+06`, `.inf`.
    pub fn float(&mut self, value: f64) {
        let place = self.enter();
        self.space(place);
        number::float(&mut self.out, value);
    }

    /// Ends a document and starts the next with `---`.
    pub fn document_separator(&mut self) {
        self.end_line();
        self.out.push_str("---\n");
    }

    /// Ends the text with a line feed and hands it over.
    #[must_use]
    pub fn finish(mut self) -> String {
        if !self.out.is_empty() {
            self.end_line();
        }
        self.out
    }

    /// Prepares for a node and tells what it stands behind.
    #[inline]
    fn enter(&mut self) -> Place {
        match self.top.kind {
            Open::Document => Place::Document,
            Open::Mapping | Open::FlowMapping => self.place,
            Open::Sequence => {
                self.entry();
                self.out.push('-');
                Place::Dash
            }
            Open::FlowSequence => {
                self.flow_entry();
                Place::Flow
            }
        }
    }

    fn key_start(&mut self, simple: bool) {
        if self.top.flow() {
            self.flow_entry();
        } else {
            self.entry();
        }
        if !simple {
            self.place = Place::Question;
            self.out.push_str("? ");
        }
    }

    #[inline]
    fn key_end(&mut self, simple: bool) {
        if simple {
            self.out.push(':');
            self.place = Place::Key;
        } else if self.top.flow() {
            self.fold_flow();
            self.out.push_str(" :");
            self.place = Place::Key;
        } else {
            self.line(self.top.column);
            self.out.push(':');
            self.place = Place::Colon;
        }
    }

    /// Goes to where the next key or dash of the open collection stands.
    #[inline]
    fn entry(&mut self) {
        let column = self.top.column;
        if self.top.filled {
            return self.line(column);
        }
        self.top.filled = true;
        match self.top.place {
            Place::Document => {}
            Place::Key => self.line(column),
            Place::Dash => self.out.push(' '),
            Place::Question | Place::Colon | Place::Flow => {
                // The colon stands at the column of its mapping.
                let at = self.outer.last().map_or(0, |frame| frame.column) + 1;
                if column > at {
                    quote::blanks(&mut self.out, column - at);
                } else {
                    self.line(column);
                }
            }
        }
    }

    fn flow_start(&mut self, kind: Open, place: Place) {
        self.flow_next = false;
        self.space(place);
        self.out.push(if kind == Open::FlowMapping { '{' } else { '[' });
        let column = self.inner_column();
        self.push(Frame { kind, filled: false, column, place });
    }

    fn flow_entry(&mut self) {
        if self.top.filled {
            self.out.push(',');
            if !self.fold_flow() {
                self.out.push(' ');
            }
        }
        self.top.filled = true;
    }

    /// Ends a line of a flow collection that is beyond the width; tells whether it did.
    fn fold_flow(&mut self) -> bool {
        let fold = self.layout == Layout::V2 && quote::column(&self.out) > quote::WIDTH;
        if fold {
            self.line(self.top.column);
        }
        fold
    }

    fn push(&mut self, frame: Frame) {
        let outer = std::mem::replace(&mut self.top, frame);
        self.outer.push(outer);
    }

    fn pop(&mut self) {
        self.top = self.outer.pop().unwrap_or(Frame::DOCUMENT);
    }

    /// Column of what is one level further in.
    #[inline]
    fn inner_column(&self) -> usize {
        let column = self.top.column;
        match (self.layout, self.top.kind) {
            (_, Open::Document) => self.layout.indent(),
            (Layout::V2, _) | (_, Open::Sequence) => column + 2,
            (Layout::V3 { indent }, _) => indent * (column / indent + 1),
        }
    }

    fn context(&self, simple_key: bool) -> Context {
        Context { layout: self.layout, flow: self.top.flow(), simple_key }
    }

    #[inline]
    fn string_style(&self, look: Look, text: &str, simple_key: bool) -> style::Style {
        let style = look.string(text, self.context(simple_key));
        if style == style::Style::Block && self.readable && !self.reads_back(look, text) {
            style::Style::Double
        } else {
            style
        }
    }

    /// Whether a block text here is read back as it was.
    fn reads_back(&self, look: Look, text: &str) -> bool {
        let parent = if self.top.kind == Open::Document { 0 } else { self.top.column };
        reads_back(look, text, self.layout, self.inner_column() != parent + self.layout.indent())
    }

    /// Writes a text in a style that suits it.
    #[inline]
    fn scalar(&mut self, look: Look, text: &str, style: style::Style, simple_key: bool) {
        let fold = self.layout == Layout::V2
            && !simple_key
            && look.has(style::BLANK)
            // Escapes and doubled quotes only make it longer.
            && (style != style::Style::Plain || quote::column(&self.out) + text.len() > quote::WIDTH);
        if style == style::Style::Block {
            let column = self.inner_column();
            self.out.push('|');
            return quote::block(&mut self.out, text, column, self.layout.indent(), self.layout == Layout::V2);
        }
        let lines = style == style::Style::Single && (look.has(style::FEED) || look.has_separator());
        if fold || lines {
            let column = self.inner_column();
            return match style {
                style::Style::Plain | style::Style::Block => quote::plain_folded(&mut self.out, text, column),
                style::Style::Single => {
                    let width = if fold { quote::WIDTH } else { usize::MAX };
                    quote::single_lines(&mut self.out, text, column, width)
                }
                style::Style::Double => quote::double_folded(&mut self.out, text, column),
            };
        }
        match style {
            style::Style::Plain | style::Style::Block => self.out.push_str(text),
            style::Style::Single => quote::single(&mut self.out, text),
            style::Style::Double => quote::double(&mut self.out, text),
        }
    }

    fn plain_scalar(&mut self, text: &str, simple_key: bool) {
        let look = Look::at(text);
        let style = look.plain(text, self.context(simple_key));
        self.scalar(look, text, style, simple_key);
    }

    /// Writes a text that needs no decision.
    #[inline]
    fn ready(&mut self, text: &str, place: Place) {
        self.space(place);
        self.out.push_str(text);
    }

    /// Sets a node off from what stands before it.
    #[inline]
    fn space(&mut self, place: Place) {
        match place {
            Place::Key | Place::Colon | Place::Dash => self.out.push(' '),
            Place::Document | Place::Question | Place::Flow => {}
        }
    }

    /// Starts a line at a column.
    #[inline]
    fn line(&mut self, column: usize) {
        self.end_line();
        quote::blanks(&mut self.out, column);
    }

    /// Ends the line unless it is a new one.
    #[inline]
    fn end_line(&mut self) {
        match self.out.as_bytes() {
            [] | [.., b'\n'] | [.., 0xE2, 0x80, 0xA8 | 0xA9] => {}
            _ => self.out.push('\n'),
        }
    }
}

/// Bytes of the longest key that stands on one line with its colon.
const LONGEST_SIMPLE_KEY: usize = 128;
