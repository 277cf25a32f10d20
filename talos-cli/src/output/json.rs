//! JSON as the original program writes it.

use std::fmt::Write;

use talos_config_yaml::value::Value;

/// How a value is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// On one line.
    Compact,
    /// On lines indented by four blanks a level.
    Indented,
}

/// Whether the entries of a mapping are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// By their bytes.
    Sorted,
    /// As they are.
    Kept,
}

/// The value as JSON. There is no line break at the end.
pub(crate) fn text(value: &Value, layout: Layout, keys: Keys) -> String {
    let mut writer = Writer { out: String::new(), layout, keys };
    writer.value(value, 0);
    writer.out
}

struct Writer {
    out: String,
    layout: Layout,
    keys: Keys,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(value) => self.display(value),
            Value::Uint(value) => self.display(value),
            Value::Float(value) => self.float(*value),
            Value::String(text) => push_text(&mut self.out, text),
            Value::Time { time, .. } => push_text(&mut self.out, &time.to_string()),
            Value::Bytes(bytes) => push_text(&mut self.out, &talos_pki::base64::encode(bytes)),
            Value::Sequence(items) if items.is_empty() => self.out.push_str("[]"),
            Value::Mapping(entries) if entries.is_empty() => self.out.push_str("{}"),
            Value::Sequence(items) => {
                self.out.push('[');
                for (at, item) in items.iter().enumerate() {
                    self.separate(at, depth + 1);
                    self.value(item, depth + 1);
                }
                self.close(']', depth);
            }
            Value::Mapping(entries) => {
                let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key_text(key), value)).collect();
                if self.keys == Keys::Sorted {
                    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                }
                self.out.push('{');
                for (at, (key, value)) in entries.into_iter().enumerate() {
                    self.separate(at, depth + 1);
                    push_text(&mut self.out, &key);
                    self.out.push_str(if self.layout == Layout::Indented { ": " } else { ":" });
                    self.value(value, depth + 1);
                }
                self.close('}', depth);
            }
        }
    }

    fn separate(&mut self, at: usize, depth: usize) {
        if at > 0 {
            self.out.push(',');
        }
        self.line(depth);
    }

    fn close(&mut self, bracket: char, depth: usize) {
        self.line(depth);
        self.out.push(bracket);
    }

    fn line(&mut self, depth: usize) {
        if self.layout == Layout::Indented {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("    ", depth));
        }
    }

    fn display(&mut self, value: impl std::fmt::Display) {
        let _ = write!(self.out, "{value}");
    }

    /// Plain digits between 1e-6 and 1e21, else with an exponent. JSON has no words for infinities, so they are texts.
    fn float(&mut self, value: f64) {
        if !value.is_finite() {
            return push_text(&mut self.out, &value.to_string());
        }
        let size = value.abs();
        if size != 0.0 && !(1e-6..1e21).contains(&size) {
            let text = format!("{value:e}");
            let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let sign = if exponent.starts_with('-') { "" } else { "+" };
            let _ = write!(self.out, "{digits}e{sign}{exponent}");
        } else {
            self.display(value);
        }
    }
}

/// The text of a key; keys that are not texts look as in YAML.
fn key_text(key: &Value) -> String {
    match key {
        Value::String(text) => text.clone(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Time { text, .. } => text.clone(),
        other => text(other, Layout::Compact, Keys::Sorted),
    }
}

/// A quoted text. Characters that matter in HTML are escaped, too.
fn push_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Value {
        let entry = |key: &str, value| (Value::String(key.to_owned()), value);
        Value::Mapping(vec![
            entry("b", Value::Sequence(vec![Value::Int(1), Value::Null])),
            entry("a", Value::String("<\n\u{1}é".to_owned())),
            entry("c", Value::Mapping(Vec::new())),
        ])
    }

    #[test]
    fn layouts() {
        assert_eq!(text(&sample(), Layout::Compact, Keys::Kept), r#"{"b":[1,null],"a":"\u003c\n\u0001é","c":{}}"#);
        assert_eq!(
            text(&sample(), Layout::Indented, Keys::Sorted),
            "{\n    \"a\": \"\\u003c\\n\\u0001é\",\n    \"b\": [\n        1,\n        null\n    ],\n    \"c\": {}\n}"
        );
    }

    #[test]
    fn numbers() {
        for (value, want) in [
            (1.0, "1"),
            (0.25, "0.25"),
            (1e21, "1e+21"),
            (1e-7, "1e-7"),
            (-2.5e-9, "-2.5e-9"),
            (1e20, "100000000000000000000"),
        ] {
            assert_eq!(text(&Value::Float(value), Layout::Compact, Keys::Kept), want);
        }
    }
}
