//! Values in Go's own notation, as a few error texts show them.

use std::fmt::Write;

use super::free_form::has_text_keys;
use crate::resolve::Dialect;
use crate::tree::{NodeId, Tree};
use crate::value::Value;

/// A text in double quotes with Go's escapes, as error texts of the reference show it.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        push_escaped(&mut out, character);
    }
    out.push('"');
    out
}

fn push_escaped(out: &mut String, character: char) {
    match character {
        '"' | '\\' => out.extend(['\\', character]),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0C' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0B' => out.push_str("\\v"),
        ' '..='~' => out.push(character),
        '\0'..='\x7F' => push(out, format_args!("\\x{:02x}", u32::from(character))),
        _ if is_printable(character) => out.push(character),
        _ if u32::from(character) < 0x10000 => push(out, format_args!("\\u{:04x}", u32::from(character))),
        _ => push(out, format_args!("\\U{:08x}", u32::from(character))),
    }
}

/// Whether a character beyond ASCII has a shape. At the beginning of a text a combining character would count as none.
fn is_printable(character: char) -> bool {
    character != '\u{a0}' && String::from_iter(['x', character]).escape_debug().nth(1) == Some(character)
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes all that is written to it");
}

/// The value of a node as Go's `%#v` prints it. Whether a mapping has texts as keys is a matter of their tags.
pub(super) fn value(tree: &Tree<'_>, at: NodeId, value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, Some((tree, at)));
    out
}

type Origin<'t, 's> = Option<(&'t Tree<'s>, NodeId)>;

fn write_value(out: &mut String, value: &Value, origin: Origin<'_, '_>) {
    match value {
        Value::Null => out.push_str("interface {}(nil)"),
        Value::Bool(flag) => push(out, format_args!("{flag}")),
        Value::Int(number) => push(out, format_args!("{number}")),
        Value::Uint(number) => push(out, format_args!("{number:#x}")),
        Value::Float(number) => out.push_str(&float(*number)),
        Value::String(text) => out.push_str(&quote(text)),
        Value::Time { time, .. } => {
            const MONTHS: [&str; 12] = [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ];
            let month = MONTHS.get(usize::from(time.month).wrapping_sub(1)).unwrap_or(&"January");
            let zone = match time.offset_minutes {
                0 => "time.UTC",
                _ => "time.Location(\"\")",
            };
            push(
                out,
                format_args!(
                    "time.Date({}, time.{month}, {}, {}, {}, {}, {}, {zone})",
                    time.year, time.day, time.hour, time.minute, time.second, time.nanosecond
                ),
            );
        }
        Value::Bytes(bytes) => {
            out.push('"');
            for chunk in bytes.utf8_chunks() {
                chunk.valid().chars().for_each(|character| push_escaped(out, character));
                chunk.invalid().iter().for_each(|byte| push(out, format_args!("\\x{byte:02x}")));
            }
            out.push('"');
        }
        Value::Sequence(items) => {
            out.push_str("[]interface {}{");
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push_str(", ");
                }
                write_value(
                    out,
                    item,
                    origin.and_then(|(tree, at)| Some((tree, tree.children(tree.target(at)).nth(number)?))),
                );
            }
            out.push('}');
        }
        Value::Mapping(entries) => {
            let texts = match origin {
                // The older reader has only one kind of map.
                Some((tree, at)) => tree.dialect() == Dialect::V3 && has_text_keys(tree, tree.target(at)),
                None => entries.iter().all(|(key, _)| key.as_str().is_some()),
            };
            out.push_str(if texts { "map[string]interface {}{" } else { "map[interface {}]interface {}{" });
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by(|(left, _), (right, _)| compare(left, right));
            for (at, (key, item)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write_value(out, key, None);
                out.push(':');
                write_value(out, item, origin.and_then(|origin| entry_of(origin, key)));
            }
            out.push('}');
        }
    }
}

/// The node behind an entry, if its key stands in the mapping as it is.
fn entry_of<'t, 's>((tree, at): (&'t Tree<'s>, NodeId), key: &Value) -> Origin<'t, 's> {
    let key = key.as_str()?;
    let mut pairs = tree.pairs(tree.target(at));
    let (_, value) = pairs.find(|(known, _)| tree.text(tree.target(*known)) == key)?;
    Some((tree, value))
}

/// The order in which Go prints the keys of a map.
fn compare(left: &Value, right: &Value) -> std::cmp::Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Uint(left), Value::Uint(right)) => left.cmp(right),
        (Value::Float(left), Value::Float(right)) => left.total_cmp(right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) => 2,
        Value::Uint(_) => 3,
        Value::Float(_) => 4,
        Value::String(_) | Value::Bytes(_) => 5,
        Value::Time { .. } => 6,
        Value::Sequence(_) | Value::Mapping(_) => 7,
    }
}

/// The shortest digits that read back, with an exponent below 1e-4 and from 1e6 on.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').expect("the notation has an exponent");
    match exponent.parse().unwrap_or(0) {
        exponent @ (..-4 | 6..) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", i32::abs(exponent))
        }
        _ => format!("{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        assert_eq!(quote("a\"\\\n\u{7f}\u{85}é\u{2028}\u{e000}"), r#""a\"\\\n\x7f\u0085é\u2028\ue000""#);
        assert_eq!(quote("\u{301}\u{a0}"), "\"\u{301}\\u00a0\"");
    }

    #[test]
    fn values_as_go_prints_them() {
        let value = |value: &Value| {
            let mut out = String::new();
            write_value(&mut out, value, None);
            out
        };
        let key = |text: &str| Value::String(text.into());
        let inner = Value::Mapping(vec![(key("b"), Value::Int(1)), (key("a"), Value::Float(1.5))]);
        assert_eq!(value(&inner), r#"map[string]interface {}{"a":1.5, "b":1}"#);
        let outer = Value::Sequence(vec![Value::Null, Value::Bool(true), Value::Uint(1 << 63)]);
        assert_eq!(value(&outer), "[]interface {}{interface {}(nil), true, 0x8000000000000000}");
        assert_eq!(float(1_234_567.0), "1.234567e+06");
        assert_eq!(float(123_456.0), "123456");
        assert_eq!(float(0.0001), "0.0001");
        assert_eq!(float(1e-7), "1e-07");
    }
}
