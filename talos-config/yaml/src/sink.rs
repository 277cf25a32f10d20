//! Where values are written to: text, or nodes that carry comments.

use std::borrow::Cow;

use crate::emit::{Emitter, Layout, Node};

/// Receives a document in the order in which it is written.
pub trait Sink {
    /// The layout of the text, which decides on the order of keys in free-form data.
    fn layout(&self) -> Layout {
        Layout::TALOS
    }
    /// Opens a mapping; keys and values follow in turn.
    fn mapping_start(&mut self);
    /// Closes a mapping. One without entries is written `{}`.
    fn mapping_end(&mut self);
    /// Opens a list.
    fn sequence_start(&mut self);
    /// Closes a list. One without entries is written `[]`.
    fn sequence_end(&mut self);
    /// The key of a field, which needs no quotes.
    fn field(&mut self, key: &'static str);
    /// A key of the open mapping.
    fn key(&mut self, text: &str);
    /// A key that is not a text, ready to be written: `1`, `true`.
    fn plain_key(&mut self, text: &str);
    /// A key of bytes, which may not be a text.
    fn bytes_key(&mut self, bytes: &[u8]);
    /// A text, quoted where it would read back as something else.
    fn string(&mut self, text: &str);
    /// Bytes, which may not be a text.
    fn bytes(&mut self, bytes: &[u8]);
    /// A ready scalar: a number, `true`, `null`, `0o644`.
    fn plain(&mut self, text: &str);
    /// A whole number.
    fn integer(&mut self, number: i64);
    /// A whole number without a sign.
    fn unsigned(&mut self, number: u64);
    /// A number with a fraction.
    fn float(&mut self, number: f64);
}

impl Sink for Emitter {
    fn layout(&self) -> Layout {
        self.layout()
    }

    fn mapping_start(&mut self) {
        self.mapping_start();
    }

    fn mapping_end(&mut self) {
        self.mapping_end();
    }

    fn sequence_start(&mut self) {
        self.sequence_start();
    }

    fn sequence_end(&mut self) {
        self.sequence_end();
    }

    fn field(&mut self, key: &'static str) {
        self.field(key);
    }

    fn key(&mut self, text: &str) {
        self.key(text);
    }

    fn plain_key(&mut self, text: &str) {
        self.plain_key(text);
    }

    fn bytes_key(&mut self, bytes: &[u8]) {
        self.bytes_key(bytes);
    }

    fn string(&mut self, text: &str) {
        self.string(text);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.bytes(bytes);
    }

    fn plain(&mut self, text: &str) {
        self.plain(text);
    }

    fn integer(&mut self, number: i64) {
        self.integer(number);
    }

    fn unsigned(&mut self, number: u64) {
        self.unsigned(number);
    }

    fn float(&mut self, number: f64) {
        self.float(number);
    }
}

/// Collects a document as nodes, to which comments can be added before they are written.
#[derive(Debug, Default)]
pub struct NodeSink {
    open: Vec<Node<'static>>,
    root: Option<Node<'static>>,
}

impl NodeSink {
    /// The document, once everything that was opened is closed.
    pub fn finish(self) -> Option<Node<'static>> {
        self.root
    }

    fn add(&mut self, node: Node<'static>) {
        match self.open.last_mut() {
            Some(collection) => collection.children.push(node),
            None => self.root = Some(node),
        }
    }

    fn close(&mut self) {
        if let Some(node) = self.open.pop() {
            self.add(node);
        }
    }

    fn text(&mut self, text: impl Into<Cow<'static, str>>) {
        self.add(Node::string(text));
    }

    fn emitted(&mut self, emit: impl FnOnce(&mut Emitter)) {
        let mut emitter = Emitter::new(Layout::TALOS);
        emit(&mut emitter);
        let text = emitter.finish();
        self.add(Node::plain(text.trim_end().to_owned()));
    }
}

impl Sink for NodeSink {
    fn mapping_start(&mut self) {
        self.open.push(Node::mapping(Vec::new()));
    }

    fn mapping_end(&mut self) {
        self.close();
    }

    fn sequence_start(&mut self) {
        self.open.push(Node::sequence(Vec::new()));
    }

    fn sequence_end(&mut self) {
        self.close();
    }

    fn field(&mut self, key: &'static str) {
        self.add(Node::string(key));
    }

    fn key(&mut self, text: &str) {
        self.text(text.to_owned());
    }

    fn plain_key(&mut self, text: &str) {
        self.add(Node::plain(text.to_owned()));
    }

    fn bytes_key(&mut self, bytes: &[u8]) {
        self.bytes(bytes);
    }

    fn string(&mut self, text: &str) {
        self.text(text.to_owned());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text(text.to_owned()),
            Err(_) => {
                let mut emitter = Emitter::new(Layout::TALOS);
                emitter.bytes(bytes);
                let text = emitter.finish();
                let value = text.trim_end().trim_start_matches("!!binary ").to_owned();
                self.add(Node { value: value.into(), tag: "!!binary".into(), tagged: true, ..Node::default() });
            }
        }
    }

    fn plain(&mut self, text: &str) {
        self.add(Node::plain(text.to_owned()));
    }

    fn integer(&mut self, number: i64) {
        self.emitted(|emitter| emitter.integer(number));
    }

    fn unsigned(&mut self, number: u64) {
        self.emitted(|emitter| emitter.unsigned(number));
    }

    fn float(&mut self, number: f64) {
        self.emitted(|emitter| emitter.float(number));
    }
}
