//! Mappings without a schema: parts of other systems' configuration that are passed on as they are.

use std::cmp::Ordering;

use crate::decode::Decoder;
use crate::fields::{Described, Merge, Node, Shape};
use crate::merge::{self, Error, Step};
use crate::natural;
use crate::node_identity;
use crate::sink::Sink;
use crate::tree::{Kind, NodeId};
use crate::value::Value;

/// A mapping of any content. Keys of the first level are texts; numbers, flags, times and texts stay distinct.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FreeForm {
    entries: Vec<(Value, Value)>,
}

impl FreeForm {
    /// A mapping of the given entries; of entries with one key the last counts.
    pub fn new<K: Into<String>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        let mut mapping = Self::default();
        for (key, value) in entries {
            mapping.insert(key, value);
        }
        mapping
    }

    /// The entries in the order in which they were read or added.
    pub fn entries(&self) -> &[(Value, Value)] {
        &self.entries
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// Sets the value of a key.
    pub fn insert(&mut self, key: impl Into<String>, value: Value) {
        let key = Value::String(key.into());
        match self.entries.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => self.entries.push((key, value)),
        }
    }
}

impl Described for FreeForm {
    const SHAPE: Shape = Shape::FreeForm;
}

impl Node for FreeForm {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        decoder.visit(at, |decoder, at| {
            if decoder.tree().kind(at) == Kind::Mapping {
                self.entries = decoder.string_keyed(at);
            } else if !decoder.is_null(at) {
                decoder.type_error(at, "map[string]interface {}");
            }
        });
    }

    fn merge(&mut self, right: &dyn Node, rule: Merge) -> Result<(), Error> {
        let Some(right) = right.as_any().downcast_ref::<Self>() else { return Ok(()) };
        if matches!(rule, Merge::Replace) {
            self.clone_from(right);
            return Ok(());
        }
        merge::free_form(&mut self.entries, &right.entries).map_err(|error| error.within(Step::Object))
    }

    fn encode(&self, out: &mut dyn Sink) {
        encode_mapping(&self.entries, out);
    }

    fn unset(&self) -> bool {
        self.entries.is_empty()
    }

    fn hollow(&self) -> bool {
        self.entries.is_empty()
    }

    node_identity!();
}

/// Writes a value with the keys of its mappings in order.
pub fn encode_value(value: &Value, out: &mut dyn Sink) {
    match value {
        Value::Null => out.plain("null"),
        Value::Bool(true) => out.plain("true"),
        Value::Bool(false) => out.plain("false"),
        Value::Int(number) => out.integer(*number),
        Value::Uint(number) => out.unsigned(*number),
        Value::Float(number) => out.float(*number),
        Value::String(text) => out.string(text),
        Value::Time { text, .. } => out.plain(text),
        Value::Bytes(bytes) => out.bytes(bytes),
        Value::Sequence(items) => {
            out.sequence_start();
            items.iter().for_each(|item| encode_value(item, out));
            out.sequence_end();
        }
        Value::Mapping(entries) => encode_mapping(entries, out),
    }
}

fn encode_mapping(entries: &[(Value, Value)], out: &mut dyn Sink) {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by(|(left, _), (right, _)| compare_keys(left, right));
    out.mapping_start();
    for (key, value) in sorted {
        match key {
            Value::String(text) => out.key(text),
            Value::Null => out.plain_key("null"),
            Value::Bool(flag) => out.plain_key(if *flag { "true" } else { "false" }),
            Value::Int(number) => out.plain_key(&number.to_string()),
            Value::Uint(number) => out.plain_key(&number.to_string()),
            Value::Time { text, .. } => out.plain_key(text),
            Value::Float(number) => {
                let mut text = crate::emit::Emitter::new(crate::emit::Layout::TALOS);
                text.float(*number);
                out.plain_key(text.finish().trim_end());
            }
            // The reader refuses lists, mappings and bytes as keys.
            Value::Bytes(_) | Value::Sequence(_) | Value::Mapping(_) => continue,
        }
        encode_value(value, out);
    }
    out.mapping_end();
}

/// Numbers and flags stand before texts, texts in natural order.
fn compare_keys(left: &Value, right: &Value) -> Ordering {
    let number = |value: &Value| match value {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::Int(number) => Some(*number as f64),
        Value::Uint(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    };
    match (left, right) {
        (Value::String(left), Value::String(right)) => natural::compare(left, right),
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => left.total_cmp(&right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        },
    }
}
