//! YAML to JSON: the base by the older rules, operations by the newer ones.

use std::borrow::Cow;

use talos_config_yaml::decode::{Decoder, MAX_DEPTH};
use talos_config_yaml::resolve::{Dialect, Scalar, plain};
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Kind, NodeId, Options, Style, Tree};
use talos_config_yaml::value::Value;

use super::document::{Document, Id, Json, Null, object};
use super::error::{ParseError, ValueError};
use super::{Operation, Patch, go_escaped, text};

/// Reads a YAML document as JSON.
pub(super) fn document<'t>(tree: &'t Tree<'_>, document: NodeId) -> Result<Document<'t>, ValueError> {
    let Some(root) = tree.root(document) else {
        let mut empty = Document::with_capacity(1);
        empty.root = empty.push(Json::Null(Null::Absent));
        return Ok(empty);
    };
    let mut reader = Reader { tree, document: Document::with_capacity(tree.len() + 16) };
    if let Some(id) = reader.node(root, 0)? {
        reader.document.root = id;
        return Ok(reader.document);
    }
    // Tags, aliases, merge keys and great depth are rare enough to be read twice.
    let mut decoder = Decoder::new(tree);
    let value = decoder.value(root);
    let outcome = decoder.finish();
    match (value, outcome.go_text(tree)) {
        (Some(value), None) => from_value(value, Keys::Converted),
        (_, problem) => Err(ValueError::Yaml(problem.unwrap_or_default())),
    }
}

/// Reads a YAML list of operations.
pub(super) fn operations(text: &[u8]) -> Result<Patch, ParseError> {
    let source = Source::new("", text);
    let (tree, error) = Tree::parse(&source, Options { dialect: Dialect::V3, comments: false });
    let document = match (tree.documents().first(), error) {
        (Some(&document), _) => document,
        (None, None) => return Ok(Patch::default()),
        (None, Some(error)) => return Err(ParseError::Yaml(error)),
    };
    let Some(root) = tree.root(document) else { return Ok(Patch::default()) };
    let root = tree.target(root);
    if tree.is_null(root) {
        return Ok(Patch::default());
    }
    if tree.kind(root) != Kind::Sequence {
        return Err(ParseError::NotAList);
    }
    let mut decoder = Decoder::new(&tree);
    let mut operations = Vec::with_capacity(tree.count(root));
    for item in tree.children(root) {
        let item = tree.target(item);
        if tree.is_null(item) {
            operations.push(Vec::new());
        } else if tree.kind(item) == Kind::Mapping {
            operations.push(decoder.visit(item, Decoder::string_keyed).unwrap_or_default());
        } else {
            return Err(ParseError::NotAList);
        }
    }
    let outcome = decoder.finish();
    if outcome.fatal.is_some() || !outcome.problems.is_empty() {
        return Err(ParseError::NotAList);
    }
    operations.into_iter().map(|members| operation(members).map_err(ParseError::Value)).collect()
}

fn operation(members: Vec<(Value, Value)>) -> Result<Operation, ValueError> {
    let mut list = Vec::with_capacity(members.len());
    let mut all = Document::with_capacity(8);
    for (key, value) in members {
        let Value::String(key) = key else { continue };
        let value = from_value(value, Keys::Texts)?;
        let id = all.adopt(value);
        if let Json::Null(null) = all.get_mut(id) {
            *null = Null::Word;
        }
        list.push((Cow::Owned(key), id));
    }
    let top = all.push(object(list));
    Ok(Operation::from_document(&mut all, top))
}

struct Reader<'t, 's> {
    tree: &'t Tree<'s>,
    document: Document<'t>,
}

impl<'t> Reader<'t, '_> {
    /// Reads a node and all within it; nothing if there is something that the decoder has to look at.
    fn node(&mut self, at: NodeId, depth: usize) -> Result<Option<Id>, ValueError> {
        let tree = self.tree;
        if depth > MAX_DEPTH || tree.explicit_tag(at).is_some() {
            return Ok(None);
        }
        let json = match tree.kind(at) {
            Kind::Scalar => self.scalar(at)?,
            Kind::Sequence => {
                let mut items = Vec::with_capacity(tree.count(at));
                for item in tree.children(at) {
                    let Some(id) = self.node(item, depth + 1)? else { return Ok(None) };
                    items.push(id);
                }
                Json::List(items)
            }
            Kind::Mapping => {
                let mut members = Vec::with_capacity(tree.count(at) / 2);
                for (key, value) in tree.pairs(at) {
                    let Some(key) = self.key(key) else { return Ok(None) };
                    let Some(id) = self.node(value, depth + 1)? else { return Ok(None) };
                    members.push((key, id));
                }
                object(members)
            }
            Kind::Alias | Kind::Document => return Ok(None),
        };
        Ok(Some(self.document.push(json)))
    }

    fn scalar(&self, at: NodeId) -> Result<Json<'t>, ValueError> {
        let text = self.tree.text(at);
        if self.tree.style(at) != Style::Plain {
            return Ok(Json::Text(Cow::Borrowed(text)));
        }
        Ok(match plain(Dialect::V2, text) {
            Scalar::Null => Json::Null(Null::Absent),
            Scalar::Bool(value) => Json::Bool(value),
            Scalar::Int(value) => Json::Integer(value),
            Scalar::Uint(value) => Json::Number(Cow::Owned(value.to_string())),
            Scalar::Float(value) => number(value)?,
            Scalar::Str | Scalar::Merge | Scalar::Time(_) | Scalar::Binary(_) => Json::Text(Cow::Borrowed(text)),
        })
    }

    /// Reads a key as a text; nothing if it is more than that.
    fn key(&self, at: NodeId) -> Option<Cow<'t, str>> {
        let tree = self.tree;
        if tree.kind(at) != Kind::Scalar || tree.explicit_tag(at).is_some() {
            return None;
        }
        let text = tree.text(at);
        if tree.style(at) != Style::Plain {
            return Some(Cow::Borrowed(text));
        }
        match plain(Dialect::V2, text) {
            Scalar::Str | Scalar::Time(_) => Some(Cow::Borrowed(text)),
            Scalar::Bool(value) => Some(Cow::Borrowed(if value { "true" } else { "false" })),
            Scalar::Int(value) => Some(Cow::Owned(value.to_string())),
            _ => None,
        }
    }
}

/// What keys other than texts become.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Texts.
    Converted,
    /// An error.
    Texts,
}

/// Puts a value into a document of its own.
fn from_value(value: Value, keys: Keys) -> Result<Document<'static>, ValueError> {
    let mut document = Document::with_capacity(16);
    document.root = add_value(&mut document, value, keys)?;
    Ok(document)
}

/// The decoder limits how deep values are.
fn add_value(document: &mut Document<'static>, value: Value, keys: Keys) -> Result<Id, ValueError> {
    let json = match value {
        Value::Null => Json::Null(Null::Absent),
        Value::Bool(value) => Json::Bool(value),
        Value::Int(value) => Json::Integer(value),
        Value::Uint(value) => Json::Number(Cow::Owned(value.to_string())),
        Value::Float(value) => number(value)?,
        Value::String(text) => Json::Text(Cow::Owned(text)),
        Value::Time { time, .. } => Json::Text(Cow::Owned(time.to_string())),
        Value::Bytes(bytes) => Json::Text(Cow::Owned(text::lossy(bytes))),
        Value::Sequence(items) => {
            let items = items.into_iter().map(|item| add_value(document, item, keys));
            Json::List(items.collect::<Result<_, _>>()?)
        }
        Value::Mapping(entries) => {
            let mut members = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let key = match key {
                    Value::String(text) => text,
                    _ if keys == Keys::Texts => return Err(ValueError::Keys),
                    other => key_text(&other, &value)?,
                };
                members.push((Cow::Owned(key), add_value(document, value, keys)?));
            }
            object(members)
        }
    };
    Ok(document.push(json))
}

fn number(value: f64) -> Result<Json<'static>, ValueError> {
    match text::float(value) {
        Some(number) => Ok(Json::Number(Cow::Owned(number))),
        None if value.is_nan() => Err(ValueError::Float("NaN")),
        None => Err(ValueError::Float(if value > 0.0 { "+Inf" } else { "-Inf" })),
    }
}

/// The text that a key becomes which is not one.
fn key_text(key: &Value, value: &Value) -> Result<String, ValueError> {
    let kind = match key {
        Value::Bool(value) => return Ok(value.to_string()),
        Value::Int(value) => return Ok(value.to_string()),
        Value::Float(value) => return Ok(float_key(*value)),
        Value::String(text) => return Ok(text.clone()),
        Value::Bytes(bytes) => return Ok(text::lossy(bytes.clone())),
        Value::Null => "%!s(<nil>)",
        Value::Uint(_) => "uint64",
        Value::Time { .. } => "time.Time",
        Value::Sequence(_) | Value::Mapping(_) => "map[interface {}]interface {}",
    };
    Err(ValueError::Key { kind, key: go_syntax(key, true), value: go_syntax(value, true) })
}

/// A float as a key keeps only the precision of 32 bits.
fn float_key(value: f64) -> String {
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let text = format!("{value:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    match exponent.parse::<i32>() {
        Ok(exponent @ (..-4 | 6..)) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => value.to_string(),
    }
}

/// A value as the reference shows it in an error.
fn go_syntax(value: &Value, top: bool) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null if top => "<nil>".to_owned(),
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => format!("{value:#x}"),
        Value::Float(value) => value.to_string(),
        Value::String(text) | Value::Time { text, .. } => format!("\"{}\"", go_escaped(text)),
        Value::Bytes(bytes) => format!("\"{}\"", go_escaped(&text::lossy(bytes.clone()))),
        Value::Sequence(items) => {
            format!("[]interface {{}}{{{}}}", list(items.iter().map(|item| go_syntax(item, false)).collect()))
        }
        Value::Mapping(entries) => {
            let entries =
                entries.iter().map(|(key, value)| format!("{}:{}", go_syntax(key, false), go_syntax(value, false)));
            format!("map[interface {{}}]interface {{}}{{{}}}", list(entries.collect()))
        }
    }
}
