//! Configuration to text.

mod documented;

use talos_config_yaml::emit::{Emitter, Layout};

use crate::container::Container;
use crate::document::Document;

/// What is written beside the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// The documentation of each field that is written.
    pub docs: bool,
    /// Examples of fields that are not set.
    pub examples: bool,
}

/// How a configuration is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What is written beside the values.
    pub comments: Comments,
    /// Write texts in double quotes where the reference's layout would not read back as the same text: blocks that begin
    /// with a blank inside list items.
    pub readable: bool,
}

impl Options {
    /// Values only: what patches give.
    pub fn plain() -> Self {
        Self::default()
    }

    /// With documentation and examples: what generated files have.
    pub fn documented() -> Self {
        Self { comments: Comments { docs: true, examples: true }, readable: false }
    }
}

/// The indentation of written configurations.
const LAYOUT: Layout = Layout::TALOS;

/// Writes all documents of a configuration.
pub fn to_yaml(container: &Container, options: Options) -> String {
    documents(container.documents(), options, container.source().map_or(8 << 10, |source| source.text().len()))
}

/// Writes one document.
pub fn document_to_yaml(document: &dyn Document, options: Options) -> String {
    documents(std::iter::once(document), options, 1 << 10)
}

fn documents<'a>(documents: impl Iterator<Item = &'a dyn Document>, options: Options, size: usize) -> String {
    if options.comments != Comments::default() {
        let nodes: Vec<_> = documents.map(|document| documented::document(document, options.comments)).collect();
        return documented::text(&nodes);
    }
    let mut out = Emitter::with_capacity(LAYOUT, size + size / 8).readable(options.readable);
    for (position, document) in documents.enumerate() {
        if position > 0 {
            out.document_separator();
        }
        document.as_node().encode(&mut out);
    }
    out.finish()
}
