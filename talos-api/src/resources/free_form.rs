//! Content without a schema of its own: objects of Kubernetes, policies.

use std::fmt::{self, Debug};

use talos_config_yaml::emit::{Emitter, write_entries, write_value};
use talos_config_yaml::value::Value as Node;

use super::spec::{DEEPEST, DecodeProblem, Form, Value};
use super::value::{bytes, single, text, whole};
use super::wire::{self, Payload, Problem};

/// A mapping of texts to anything.
///
/// On the wire all numbers are fractions; whole ones come back as whole numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FreeForm(Vec<(Node, Node)>);

impl FreeForm {
    /// A mapping with these entries.
    pub fn new(entries: impl IntoIterator<Item = (String, Node)>) -> Self {
        Self(entries.into_iter().map(|(key, value)| (Node::String(key), value)).collect())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// Keys and values, in their order.
    pub fn entries(&self) -> &[(Node, Node)] {
        &self.0
    }
}

impl TryFrom<Node> for FreeForm {
    type Error = Node;

    /// Takes a mapping; anything else comes back.
    fn try_from(node: Node) -> Result<Self, Node> {
        match node {
            Node::Mapping(entries) => Ok(Self(entries)),
            other => Err(other),
        }
    }
}

impl Value for FreeForm {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        // An empty map is no message at all.
        if !self.0.is_empty() {
            wire::put_message(number, out, |out| put_entries(&self.0, out));
        }
    }

    fn decode(&mut self, payload: Payload<'_>, depth: usize) -> Result<(), DecodeProblem> {
        self.0.extend(take_entries(bytes(payload)?, depth)?);
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        write_entries(&self.0, out);
    }

    fn write_entries(&self, out: &mut Emitter) {
        let mut entries: Vec<_> = self.0.iter().collect();
        entries.sort_by(|(a, _), (b, _)| {
            talos_config_yaml::natural::compare(a.as_str().unwrap_or_default(), b.as_str().unwrap_or_default())
        });
        for (key, value) in entries {
            out.key(key.as_str().unwrap_or_default());
            write_value(value, out);
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.0, f)
    }

    fn form(&self) -> Form {
        single("google.protobuf.Struct", "mapping string to any")
    }
}

/// `Struct`: a map in field 1.
fn put_entries(entries: &[(Node, Node)], out: &mut Vec<u8>) {
    for (key, value) in entries {
        let Some(key) = key_text(key) else { continue };
        wire::put_message(1, out, |out| {
            wire::put_bytes(1, key.as_bytes(), out);
            wire::put_message(2, out, |out| put_node(value, out));
        });
    }
}

/// Keys are texts here; the other scalars of YAML are written as they read.
fn key_text(key: &Node) -> Option<String> {
    Some(match key {
        Node::String(text) | Node::Time { text, .. } => text.clone(),
        Node::Bool(value) => value.to_string(),
        Node::Int(value) => value.to_string(),
        Node::Uint(value) => value.to_string(),
        Node::Float(value) => value.to_string(),
        Node::Null => "null".into(),
        Node::Bytes(_) | Node::Sequence(_) | Node::Mapping(_) => return None,
    })
}

/// `Value`: one of six fields.
fn put_node(node: &Node, out: &mut Vec<u8>) {
    match node {
        Node::Null => wire::put_varint(1, 0, out),
        Node::Int(value) => wire::put_fixed64(2, (*value as f64).to_bits(), out),
        Node::Uint(value) => wire::put_fixed64(2, (*value as f64).to_bits(), out),
        Node::Float(value) => wire::put_fixed64(2, value.to_bits(), out),
        Node::String(text) | Node::Time { text, .. } => wire::put_bytes(3, text.as_bytes(), out),
        Node::Bytes(bytes) => wire::put_bytes(3, String::from_utf8_lossy(bytes).as_bytes(), out),
        Node::Bool(value) => wire::put_varint(4, (*value).into(), out),
        Node::Mapping(entries) => wire::put_message(5, out, |out| put_entries(entries, out)),
        Node::Sequence(items) => wire::put_message(6, out, |out| {
            items.iter().for_each(|item| wire::put_message(1, out, |out| put_node(item, out)));
        }),
    }
}

fn take_entries(message: &[u8], depth: usize) -> Result<Vec<(Node, Node)>, Problem> {
    if depth > DEEPEST {
        return Err(Problem::TooDeep);
    }
    let mut rest = message;
    let mut entries = Vec::new();
    while let Some((number, payload)) = wire::next(&mut rest)? {
        if number != 1 {
            continue;
        }
        let mut entry = bytes(payload)?;
        let (mut key, mut value) = ("", Node::Null);
        while let Some((number, payload)) = wire::next(&mut entry)? {
            match number {
                1 => key = text(payload)?,
                2 => value = take_node(bytes(payload)?, depth + 1)?,
                _ => {}
            }
        }
        entries.push((Node::String(key.to_owned()), value));
    }
    // Maps come in any order.
    entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
    Ok(entries)
}

fn take_node(message: &[u8], depth: usize) -> Result<Node, Problem> {
    if depth > DEEPEST {
        return Err(Problem::TooDeep);
    }
    let mut rest = message;
    let mut node = Node::Null;
    while let Some((number, payload)) = wire::next(&mut rest)? {
        node = match (number, payload) {
            (1, _) => Node::Null,
            (2, Payload::Fixed64(bits)) => number_node(f64::from_bits(bits)),
            (3, payload) => Node::String(text(payload)?.to_owned()),
            (4, payload) => Node::Bool(whole(payload)? != 0),
            (5, payload) => Node::Mapping(take_entries(bytes(payload)?, depth + 1)?),
            (6, payload) => Node::Sequence(take_items(bytes(payload)?, depth + 1)?),
            (2, _) => return Err(Problem::WireType),
            _ => node,
        };
    }
    Ok(node)
}

fn take_items(message: &[u8], depth: usize) -> Result<Vec<Node>, Problem> {
    let mut rest = message;
    let mut items = Vec::new();
    while let Some((number, payload)) = wire::next(&mut rest)? {
        if number == 1 {
            items.push(take_node(bytes(payload)?, depth)?);
        }
    }
    Ok(items)
}

/// Whole numbers that a fraction holds exactly.
fn number_node(value: f64) -> Node {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT { Node::Int(value as i64) } else { Node::Float(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> FreeForm {
        FreeForm::new([
            ("apiVersion".into(), Node::String("v1".into())),
            ("list".into(), Node::Sequence(vec![Node::Int(1), Node::Float(1.5), Node::Null, Node::Bool(true)])),
            ("map".into(), Node::Mapping(vec![(Node::String("a".into()), Node::Mapping(vec![]))])),
        ])
    }

    #[test]
    fn survives_the_wire() {
        let mut out = Vec::new();
        object().encode(1, &mut out);
        let mut back = FreeForm::default();
        back.decode(wire::next(&mut out.as_slice()).unwrap().unwrap().1, 0).unwrap();
        assert_eq!(back, object());
        assert_eq!(back.get("apiVersion"), Some(&Node::String("v1".into())));
    }

    #[test]
    fn refuses_what_is_nested_without_end() {
        let mut node = Node::Null;
        for _ in 0..100 {
            node = Node::Sequence(vec![node]);
        }
        let mut out = Vec::new();
        FreeForm::new([("a".into(), node)]).encode(1, &mut out);
        let payload = wire::next(&mut out.as_slice()).unwrap().unwrap().1;
        assert_eq!(FreeForm::default().decode(payload, 0), Err(DecodeProblem::Here(Problem::TooDeep)));
    }
}
