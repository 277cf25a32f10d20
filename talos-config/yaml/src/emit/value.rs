//! Writing free-form values.

use std::cmp::Ordering;

use super::{Emitter, Layout};
use crate::natural;
use crate::value::Value;

/// Writes a value as YAML text that ends with a line feed.
#[must_use]
pub fn emit_value(value: &Value, layout: Layout) -> String {
    let mut out = Emitter::new(layout);
    out.value(value);
    out.finish()
}

impl Emitter {
    /// Writes a value and all within it. Keys of mappings come in order: numbers and booleans by value, then null, then texts
    /// in natural order, then times.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.null(),
            Value::Bool(value) => self.boolean(*value),
            Value::Int(value) => self.integer(*value),
            Value::Uint(value) => self.unsigned(*value),
            Value::Float(value) => self.float(*value),
            Value::String(text) => self.string(text),
            Value::Time { time, .. } => self.plain(&time.to_string()),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::Sequence(items) => {
                self.sequence_start();
                items.iter().for_each(|item| self.value(item));
                self.sequence_end();
            }
            Value::Mapping(entries) => {
                self.mapping_start();
                let mut sorted: Vec<_> = entries.iter().collect();
                let compare =
                    |(left, _): &&(Value, Value), (right, _): &&(Value, Value)| keys(self.layout, left, right);
                if !sorted.is_sorted_by(|left, right| compare(left, right).is_le()) {
                    // Where the natural order has no single result, the order of bytes settles it.
                    sorted.sort_by(|(left, _), (right, _)| left.as_str().cmp(&right.as_str()));
                    natural::sort_by(&mut sorted, compare);
                }
                for (key, value) in sorted {
                    self.value_key(key);
                    self.value(value);
                }
                self.mapping_end();
            }
        }
    }

    /// Writes a key of any kind; a list or mapping, which no reader takes as a key, as the text of it.
    fn value_key(&mut self, key: &Value) {
        match key {
            Value::String(text) => self.key(text),
            Value::Bytes(bytes) => self.bytes_key(bytes),
            other => {
                let text = emit_value(other, self.layout);
                self.plain_key(text.trim_end_matches('\n'));
            }
        }
    }
}

fn keys(layout: Layout, left: &Value, right: &Value) -> Ordering {
    if let (Value::String(left), Value::String(right)) = (left, right) {
        return match layout {
            Layout::V2 => natural::compare_v2(left, right),
            Layout::V3 { .. } => natural::compare(left, right),
        };
    }
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => return left.cmp(right),
        (Value::Uint(left), Value::Uint(right)) => return left.cmp(right),
        _ => {}
    }
    match (number(left), number(right)) {
        (Some(one), Some(other)) => {
            one.partial_cmp(&other).unwrap_or(Ordering::Equal).then_with(|| rank(left).cmp(&rank(right)))
        }
        _ => rank(left).cmp(&rank(right)),
    }
}

fn number(key: &Value) -> Option<f64> {
    match *key {
        Value::Bool(value) => Some(f64::from(u8::from(value))),
        Value::Int(value) => Some(value as f64),
        Value::Uint(value) => Some(value as f64),
        Value::Float(value) => Some(value),
        _ => None,
    }
}

/// Order of the kinds.
fn rank(key: &Value) -> u8 {
    match key {
        Value::Bool(_) => 0,
        Value::Int(_) => 1,
        Value::Uint(_) => 2,
        Value::Float(_) => 3,
        Value::Null => 4,
        Value::Mapping(_) => 5,
        Value::Sequence(_) => 6,
        Value::String(_) | Value::Bytes(_) => 7,
        Value::Time { .. } => 8,
    }
}
