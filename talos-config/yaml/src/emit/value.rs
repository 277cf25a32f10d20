//! Writing free-form values.

use std::cmp::Ordering;

use super::{Emitter, Layout};
use crate::natural;
use crate::sink::Sink;
use crate::value::Value;

/// Writes a value as YAML text that ends with a line feed.
#[must_use]
pub fn emit_value(value: &Value, layout: Layout) -> String {
    let mut out = Emitter::new(layout);
    write_value(value, &mut out);
    out.finish()
}

/// Writes a value and all within it. Keys of mappings come in order: numbers and booleans by value, then null, then texts
/// in natural order, then times.
pub fn write_value(value: &Value, out: &mut dyn Sink) {
    write(value, out, write_entries);
}

/// Writes a value and all within it, with the keys of mappings in the order that they have.
pub fn write_in_order(value: &Value, out: &mut dyn Sink) {
    write(value, out, |entries, out| {
        out.mapping_start();
        for (key, value) in entries {
            write_key(key, out);
            write_in_order(value, out);
        }
        out.mapping_end();
    });
}

fn write(value: &Value, out: &mut dyn Sink, mapping: fn(&[(Value, Value)], &mut dyn Sink)) {
    match value {
        Value::Null => out.plain("null"),
        Value::Bool(value) => out.plain(if *value { "true" } else { "false" }),
        Value::Int(value) => out.integer(*value),
        Value::Uint(value) => out.unsigned(*value),
        Value::Float(value) => out.float(*value),
        Value::String(text) => out.string(text),
        Value::Time { time, .. } => out.plain(&time.to_string()),
        Value::Bytes(bytes) => out.bytes(bytes),
        Value::Sequence(items) => {
            out.sequence_start();
            items.iter().for_each(|item| write(item, out, mapping));
            out.sequence_end();
        }
        Value::Mapping(entries) => mapping(entries, out),
    }
}

/// Writes a mapping, given by its entries.
pub fn write_entries(entries: &[(Value, Value)], out: &mut dyn Sink) {
    let layout = out.layout();
    let compare = |(left, _): &&(Value, Value), (right, _): &&(Value, Value)| keys(layout, left, right);
    let mut sorted: Vec<_> = entries.iter().collect();
    if !sorted.is_sorted_by(|left, right| compare(left, right).is_le()) {
        // Where the order has no single result, the order of bytes and then the newer one settle it.
        sorted.sort_by(|(left, _), (right, _)| left.as_str().cmp(&right.as_str()));
        natural::sort_by(&mut sorted, |(left, _), (right, _)| keys(Layout::TALOS, left, right));
        natural::sort_by(&mut sorted, compare);
    }
    out.mapping_start();
    for (key, value) in sorted {
        write_key(key, out);
        write_value(value, out);
    }
    out.mapping_end();
}

/// Writes a key of any kind; a list or mapping, which no reader takes as a key, as the text of it.
fn write_key(key: &Value, out: &mut dyn Sink) {
    match key {
        Value::String(text) => out.key(text),
        Value::Bytes(bytes) => out.bytes_key(bytes),
        other => out.plain_key(emit_value(other, out.layout()).trim_end_matches('\n')),
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
