//! The recorded cases: texts, and what the reference makes of them. See `testdata/oracle/PROVENANCE.md`.

use std::fmt::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::resolve::Dialect;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Kind, NodeId, Options, Style, Tree};
use talos_config_yaml::value::Value;

/// Depth that only the recorded cases have.
const MAX_DEPTH: usize = 30_000;

pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) text: Vec<u8>,
    pub(crate) expected: Json,
}

/// All cases of one file.
pub(crate) fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/oracle").join(file);
    let lines = std::fs::read_to_string(path).unwrap();
    lines.lines().map(|line| case(serde_json::from_str(line).unwrap())).collect()
}

fn case(mut line: Json) -> Case {
    let text = if let Some(text) = line["input"].as_str() {
        text.as_bytes().to_vec()
    } else if let Some(text) = line["input_base64"].as_str() {
        STANDARD.decode(text).unwrap()
    } else {
        let parts = line["input_parts"].as_array().unwrap().iter();
        let parts = parts.map(|part| part["text"].as_str().unwrap().repeat(part["times"].as_u64().unwrap() as usize));
        parts.collect::<String>().into_bytes()
    };
    Case { id: line["id"].as_str().unwrap().to_owned(), text, expected: line["go"].take() }
}

/// What differs between the reading and the record, by how deep it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    /// Accepted or refused, or the number of documents.
    Acceptance,
    /// Kind, tag, style, text, anchor or alias of a node.
    Tree,
    /// Line or column.
    Position,
    /// The text of the error.
    Error,
    /// The value or the text of its error.
    Value,
    /// Comments.
    Comment,
}

/// Reads a case, with comments and without, and calls back for each kind of difference.
pub(crate) fn compare(case: &Case, mut report: impl FnMut(Difference, String)) {
    compare_reading(case, false, |difference, detail| {
        if difference != Difference::Comment {
            report(difference, detail);
        }
    });
    compare_reading(case, true, report);
}

fn compare_reading(case: &Case, comments: bool, mut report: impl FnMut(Difference, String)) {
    let source = Source::new(case.id.as_str(), case.text.clone());
    let (tree, error) = Tree::parse(&source, Options { comments, ..Options::default() });
    let documents = case.expected["documents"].as_array().unwrap();
    let expected_error = case.expected["error"].as_str();
    let found = error.map(|error| error.to_string());
    if tree.documents().len() != documents.len() || found.is_some() != expected_error.is_some() {
        let found = format!("{} documents, {found:?}", tree.documents().len());
        let wanted = format!("{} documents, {expected_error:?}", documents.len());
        return report(Difference::Acceptance, format!("{found}; wanted {wanted}"));
    }
    if found.as_deref() != expected_error {
        report(Difference::Error, format!("{found:?}; wanted {expected_error:?}"));
    }
    for (&document, expected) in tree.documents().iter().zip(documents) {
        if expected["sha256"].is_string() {
            compare_digest(&tree, document, expected, &mut report);
        } else {
            compare_node(&tree, document, expected, &mut report);
        }
    }
    for (&document, expected) in tree.documents().iter().zip(case.expected["values"].as_array().unwrap()) {
        let found = outcome(&tree, document, expected.get("sha256").is_some());
        if found != *expected {
            report(Difference::Value, format!("{found}; wanted {expected}"));
        }
    }
}

/// A case of the older dialect: a text and its value, and the value that is read.
pub(crate) fn older_values() -> impl Iterator<Item = (Case, Json)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/oracle/older.jsonl");
    let lines = std::fs::read_to_string(path).unwrap();
    let lines: Vec<Json> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.into_iter().map(|mut line| {
        let expected = line["value"].take();
        let case = Case { expected, ..case(line) };
        let source = Source::new(case.id.as_str(), case.text.clone());
        let (tree, _) = Tree::parse(&source, Options { dialect: Dialect::V2, comments: false });
        let found = outcome(&tree, tree.documents()[0], false);
        (case, found)
    })
}

fn compare_node(tree: &Tree<'_>, id: NodeId, expected: &Json, report: &mut impl FnMut(Difference, String)) {
    let found = shallow(tree, id);
    for (difference, keys) in [
        (Difference::Tree, ["kind", "tag", "style", "anchor", "value"].as_slice()),
        (Difference::Position, &["line", "column", "alias"]),
        (Difference::Comment, &["head", "line_comment", "foot"]),
    ] {
        for key in keys {
            if found.get(*key) != expected.get(key) {
                let wanted = expected.get(key).cloned().unwrap_or_default();
                let found = found.get(*key).cloned().unwrap_or_default();
                report(difference, format!("{}: {key} {found}; wanted {wanted}", expected["line"]));
            }
        }
    }
    let children: Vec<_> = tree.children(id).collect();
    let nothing = Vec::new();
    let expected = expected.get("content").map_or(&nothing, |content| content.as_array().unwrap());
    if children.len() != expected.len() {
        return report(Difference::Tree, format!("{} children; wanted {}", children.len(), expected.len()));
    }
    assert_eq!(tree.count(id), children.len());
    for (child, expected) in children.into_iter().zip(expected) {
        compare_node(tree, child, expected, report);
    }
}

fn compare_digest(tree: &Tree<'_>, document: NodeId, expected: &Json, report: &mut impl FnMut(Difference, String)) {
    let mut hash = Sha256::new();
    let (mut nodes, mut deepest) = (0, 0);
    let mut open = vec![(document, 0)];
    while let Some((id, depth)) = open.pop() {
        nodes += 1;
        deepest = deepest.max(depth);
        hash.update(format!("{depth} {}\n", ordered(&shallow(tree, id))));
        let at = open.len();
        open.extend(tree.children(id).map(|child| (child, depth + 1)));
        open[at..].reverse();
    }
    let found = json!({"nodes": nodes, "depth": deepest, "sha256": hex(&hash.finalize())});
    if found != *expected {
        // A digest does not say where; without comments it cannot be them.
        let comments = tree.source().text().starts_with('#');
        let difference = if comments { Difference::Comment } else { Difference::Tree };
        report(difference, format!("{found}; wanted {expected}"));
    }
}

/// A node without its children.
fn shallow(tree: &Tree<'_>, id: NodeId) -> Map<String, Json> {
    let mut node = Map::new();
    let kind = match tree.kind(id) {
        Kind::Document => "document",
        Kind::Mapping => "mapping",
        Kind::Sequence => "sequence",
        Kind::Scalar => "scalar",
        Kind::Alias => "alias",
    };
    node.insert("kind".into(), kind.into());
    insert_text(&mut node, "tag", tree.tag(id));
    let style = match tree.style(id) {
        Style::Plain => "plain",
        Style::Double => "double",
        Style::Single => "single",
        Style::Literal => "literal",
        Style::Folded => "folded",
        Style::Flow => "flow",
        Style::Block => "",
    };
    let tagged = if tree.explicit_tag(id).is_some() { "tagged" } else { "" };
    let styles: Vec<_> = [style, tagged].into_iter().filter(|style| !style.is_empty()).collect();
    if !styles.is_empty() {
        node.insert("style".into(), styles.into());
    }
    insert_text(&mut node, "anchor", tree.anchor(id).unwrap_or_default());
    if tree.kind(id) == Kind::Alias {
        let target = tree.position(tree.target(id));
        node.insert("alias".into(), format!("{}:{}", target.line, target.column).into());
    }
    if let Kind::Scalar | Kind::Alias = tree.kind(id) {
        node.insert("value".into(), tree.text(id).into());
    }
    let position = tree.position(id);
    node.insert("line".into(), position.line.into());
    node.insert("column".into(), position.column.into());
    if let Some(comments) = tree.comments(id) {
        insert_text(&mut node, "head", &comments.head);
        insert_text(&mut node, "line_comment", &comments.line);
        insert_text(&mut node, "foot", &comments.foot);
    }
    node
}

fn insert_text(node: &mut Map<String, Json>, key: &str, text: &str) {
    if !text.is_empty() {
        node.insert(key.into(), text.into());
    }
}

/// Compact JSON with the keys in the order of the record.
fn ordered(node: &Map<String, Json>) -> String {
    const ORDER: [&str; 11] =
        ["kind", "tag", "style", "anchor", "alias", "value", "line", "column", "head", "line_comment", "foot"];
    let mut out = String::from("{");
    for key in ORDER {
        if let Some(value) = node.get(key) {
            let comma = if out.len() > 1 { "," } else { "" };
            write!(out, "{comma}\"{key}\":{}", compact(value)).unwrap();
        }
    }
    out + "}"
}

fn compact(json: &Json) -> String {
    json.to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The value of a document as the record has it.
fn outcome(tree: &Tree<'_>, document: NodeId, digest: bool) -> Json {
    let mut decoder = Decoder::new(tree).with_max_depth(MAX_DEPTH);
    let value = decoder.value(document);
    if let Some(text) = decoder.finish().go_text(tree) {
        return json!({"error": text});
    }
    let value = value.expect("a value where there is no problem");
    let mut text = value_text(&value, tree.root(document).map(|root| (tree, root)));
    if tree.dialect() == Dialect::V2 {
        // It has only one kind of map.
        text = text.replace("{\"map\":", "{\"anymap\":");
    }
    if digest {
        return json!({"sha256": hex(&Sha256::digest(text))});
    }
    json!({"value": serde_json::from_str::<Json>(&text).unwrap()})
}

/// A node that a value was read from.
type Origin<'t, 's> = Option<(&'t Tree<'s>, NodeId)>;

fn value_text(value: &Value, origin: Origin<'_, '_>) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Uint(number) => number.to_string(),
        Value::Float(number) => format!("{{\"float\":\"{}\"}}", float(*number)),
        Value::String(text) => compact(&Json::String(text.clone())),
        Value::Time { time, .. } => format!("{{\"time\":\"{time}\"}}"),
        Value::Bytes(bytes) => format!("{{\"base64\":\"{}\"}}", STANDARD.encode(bytes)),
        Value::Sequence(items) => {
            let mut nodes = origin.map(|(tree, at)| (tree, tree.children(tree.target(at))));
            let texts = items.iter().map(|item| {
                value_text(item, nodes.as_mut().and_then(|(tree, children)| Some((*tree, children.next()?))))
            });
            format!("[{}]", texts.collect::<Vec<_>>().join(","))
        }
        Value::Mapping(entries) => {
            let texts = entries.iter().map(|(key, value)| {
                let entry = origin.and_then(|origin| entry_of(origin, key));
                (key_text(key), value_text(value, entry))
            });
            let mut texts: Vec<_> = texts.collect();
            texts.sort();
            // Whether the keys are texts is a matter of their tags.
            let of_texts = match origin {
                Some((tree, at)) => {
                    tree.pairs(tree.target(at)).all(|(key, _)| matches!(tree.tag(key), "!!str" | "!!merge"))
                }
                None => entries.iter().all(|(key, _)| key.as_str().is_some()),
            };
            let name = if of_texts { "map" } else { "anymap" };
            let texts = texts.iter().map(|(key, value)| format!("[{},{value}]", compact(&key.as_str().into())));
            format!("{{\"{name}\":[{}]}}", texts.collect::<Vec<_>>().join(","))
        }
    }
}

fn entry_of<'t, 's>((tree, at): (&'t Tree<'s>, NodeId), key: &Value) -> Origin<'t, 's> {
    let key = key.as_str()?;
    let mut pairs = tree.pairs(tree.target(at));
    let (_, value) = pairs.find(|(known, _)| tree.text(tree.target(*known)) == key)?;
    Some((tree, value))
}

fn key_text(key: &Value) -> String {
    match key {
        Value::Null => "!!null:".into(),
        Value::Bool(flag) => format!("!!bool:{flag}"),
        Value::Int(number) => format!("!!int:{number}"),
        Value::Uint(number) => format!("!!int:{number}"),
        Value::Float(number) => format!("!!float:{}", float(*number)),
        Value::String(text) => format!("!!str:{text}"),
        Value::Time { time, .. } => format!("!!timestamp:{time}"),
        _ => panic!("{key:?} cannot be a key"),
    }
}

/// A float as the reference prints it.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    number.to_string()
}
