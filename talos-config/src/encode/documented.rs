//! The writer that puts documentation and examples beside the values.
//!
//! A scalar has its documentation on the same line, all else above its key. Fields without a value are shown by examples:
//! below an empty list, or gathered under the last key of their section.

use talos_config_yaml::emit::{Kind, Layout, Node, emit_nodes};
use talos_config_yaml::fields::{self, Emit, Field, Fields, Shape, View};
use talos_config_yaml::sink::NodeSink;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{self, Tree};

use super::{Comments, LAYOUT};
use crate::document::Document;

/// A document as nodes with comments. Only the main document has comments in 1.5.
pub(super) fn document(document: &dyn Document, comments: Comments) -> Node<'static> {
    let is_main = document.api_version().is_empty();
    section(document.as_fields(), if is_main { comments } else { Comments::default() })
}

/// The text of documents. One without any key is only its comments.
pub(super) fn text(documents: &[Node<'_>]) -> String {
    if let [Node { kind: Kind::Mapping, children, foot, .. }] = documents
        && children.is_empty()
        && !foot.is_empty()
    {
        return commented(foot) + "\n";
    }
    emit_nodes(documents, LAYOUT)
}

fn section(value: &dyn Fields, comments: Comments) -> Node<'static> {
    let mut children = Vec::new();
    let mut examples = Vec::new();
    for (row, field) in value.section().fields.iter().enumerate() {
        let node = value.field(row);
        let example = if comments.examples && node.empty() { example(field, comments) } else { None };
        if !is_written(field, node) {
            examples.extend(example);
            continue;
        }
        let (mut key, mut value) = (Node::string(field.key), self::value(node, comments));
        if comments.docs {
            describe(field, &mut key, &mut value);
        }
        if let Some(example) = example {
            // Below an empty value stands its example without the key.
            key.foot = bare(&example).into();
        }
        children.extend([key, value]);
    }
    let mut mapping = Node::mapping(children);
    if !examples.is_empty() {
        let text = examples.join("\n");
        // The comment belongs under the last key, or under the braces of a section without any.
        match mapping.children.len() {
            0 => mapping.foot = text.into(),
            count => {
                let foot = &mut mapping.children[count - 2].foot;
                *foot = format!("{foot}\n{text}").into();
            }
        }
    }
    mapping
}

fn is_written(field: &Field, value: &dyn fields::Node) -> bool {
    match field.emit {
        Emit::Always => true,
        // A section without a pointer counts as set when one of its maps is there, even without entries.
        Emit::Omit => match value.view() {
            View::Section(_) => !value.unset(),
            _ => !value.empty(),
        },
        Emit::OmitAbsent => !value.unset(),
    }
}

fn value(value: &dyn fields::Node, comments: Comments) -> Node<'static> {
    match value.view() {
        View::Section(inner) => section(inner, comments),
        View::List(entries) if !entries.is_empty() => {
            let mut items = Vec::with_capacity(entries.len());
            entries.each(&mut |_, item| items.push(self::value(item, comments)));
            Node::sequence(items)
        }
        View::Map(entries) if !entries.is_empty() => {
            let mut items = Vec::with_capacity(entries.len() * 2);
            entries.each(&mut |place, item| {
                if let fields::Place::Key(key) = place {
                    items.push(scalar(&key.to_owned()));
                    items.push(self::value(item, comments));
                }
            });
            Node::mapping(items)
        }
        _ => scalar(value),
    }
}

/// A value without structure of ours, through the same calls that write it as text.
fn scalar(value: &dyn fields::Node) -> Node<'static> {
    let mut sink = NodeSink::default();
    value.encode(&mut sink);
    sink.finish().unwrap_or_default()
}

/// Puts the documentation of a field where it belongs.
fn describe(field: &Field, key: &mut Node<'_>, value: &mut Node<'_>) {
    if field.hidden || field.doc.is_empty() {
        return;
    }
    if value.kind == Kind::Scalar {
        value.line = field.summary().into();
    } else {
        key.head = field.summary().into();
    }
}

/// The examples of a field as text that starts in the first column.
fn example(field: &Field, comments: Comments) -> Option<String> {
    if field.hidden || field.examples.is_empty() {
        return None;
    }
    let blocks = field.examples.iter().enumerate().map(|(position, example)| {
        let source = Source::new(field.key, *example);
        let (tree, _) = Tree::parse(&source, tree::Options::default());
        let root = tree.documents().first().and_then(|document| tree.root(*document));
        let mut value = root.map(|root| Node::from_tree(&tree, root)).unwrap_or_default();
        if comments.docs {
            annotate(&mut value, field.shape);
        }
        let mut key = Node::string(field.key);
        if comments.docs && position == 0 {
            key.head = field.summary().into();
        }
        let text = emit_nodes(&[Node::mapping(vec![key, value])], LAYOUT);
        // A line that is a comment itself keeps its mark when the block is uncommented.
        let mut block = String::with_capacity(text.len() + 16);
        for line in text.lines() {
            let comment = line.trim_start().starts_with('#') && !line.starts_with(' ');
            block.push_str(if comment { "# " } else { "" });
            block.push_str(line);
            block.push('\n');
        }
        block
    });
    Some(blocks.collect())
}

/// Adds the documentation of the fields inside an example.
fn annotate(node: &mut Node<'_>, shape: &Shape) {
    match shape.present() {
        Shape::Section(section) if node.kind == Kind::Mapping => {
            for pair in node.children.chunks_exact_mut(2) {
                let [key, value] = pair else { continue };
                let Some(field) = section.fields.iter().find(|field| field.key == key.value) else { continue };
                annotate(value, field.shape);
                describe(field, key, value);
            }
        }
        Shape::List(item) | Shape::SectionList(item) if node.kind == Kind::Sequence => {
            node.children.iter_mut().for_each(|child| annotate(child, item));
        }
        Shape::Map(item) if node.kind == Kind::Mapping => {
            node.children.iter_mut().skip(1).step_by(2).for_each(|child| annotate(child, item));
        }
        _ => {}
    }
}

/// The value of an example without its key and its documentation, set in by two.
fn bare(example: &str) -> String {
    let value = example.lines().skip_while(|line| line.starts_with('#') || line.is_empty()).skip(1);
    let step = match LAYOUT {
        Layout::V3 { indent } => indent,
        Layout::V2 => 2,
    };
    value.map(|line| format!("#   {}\n", line.get(step..).unwrap_or_default())).collect()
}

/// Puts a mark before every line that has none.
fn commented(text: &str) -> String {
    let mark = |line: &str| match line.trim().is_empty() || line.starts_with('#') {
        true => line.to_owned(),
        false => format!("# {line}"),
    };
    text.lines().map(mark).collect::<Vec<_>>().join("\n")
}
