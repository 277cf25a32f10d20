//! Found values as text.

use std::fmt::Write;

use talos_config_yaml::value::Value;

use super::Found;
use crate::output::json::{self, Keys, Layout};

/// Values of one part of a template, separated by blanks.
pub(super) fn group(found: &[Found<'_>]) -> String {
    let texts: Vec<String> = found.iter().map(|value| text(value, Layout::Compact)).collect();
    texts.join(" ")
}

/// A value on lines of its own.
pub(super) fn line(found: &Found<'_>) -> String {
    text(found, Layout::Indented) + "\n"
}

fn text(value: &Value, layout: Layout) -> String {
    match value {
        Value::Sequence(_) | Value::Mapping(_) | Value::Time { .. } => json::text(value, layout, Keys::Sorted),
        scalar => go_text(scalar),
    }
}

/// A value as Go prints it for people.
pub(super) fn go_text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Float(value) => float(*value),
        Value::String(text) => text.clone(),
        Value::Time { time, .. } => time.to_string(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Sequence(items) => format!("[{}]", items.iter().map(go_text).collect::<Vec<_>>().join(" ")),
        Value::Mapping(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(key, value)| (go_text(key), go_text(value))).collect();
            entries.sort();
            let entries: Vec<_> = entries.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

/// The name of a value's type in Go.
pub(super) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Uint(_) => "uint64",
        Value::Float(_) => "float64",
        Value::String(_) | Value::Bytes(_) => "string",
        Value::Time { .. } => "time.Time",
        Value::Sequence(_) => "[]interface {}",
        Value::Mapping(entries) if entries.iter().all(|(key, _)| key.as_str().is_some()) => "map[string]interface {}",
        Value::Mapping(_) => "map[interface {}]interface {}",
    }
}

/// Shortest digits; an exponent below 1e-4 and from 1e21.
fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    if value == 0.0 || (1e-4..1e21).contains(&value.abs()) {
        return value.to_string();
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(("+", exponent), |exponent| ("-", exponent));
    let mut out = String::new();
    let _ = write!(out, "{digits}e{sign}{exponent:0>2}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_in_go() {
        for (value, want) in
            [(0.5, "0.5"), (1e21, "1e+21"), (1e-5, "1e-05"), (2.5e-10, "2.5e-10"), (1e20, "100000000000000000000")]
        {
            assert_eq!(float(value), want);
        }
    }
}
