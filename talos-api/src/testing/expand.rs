//! Marked texts inside of scripted messages.
//!
//! `@now-90s` is a time stamp, `@unix-90s` the same in seconds since 1970, `@text:abc` stands for bytes, `@file:name` for
//! the bytes of a file, `@file:name#100:200` for a part of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use talos_pki::base64;

use super::scenario::Scenario;

pub(super) fn expand(scenario: &Scenario, message: &Value) -> Result<Value, String> {
    Ok(match message {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| Ok((key.clone(), expand(scenario, value)?)))
                .collect::<Result<_, String>>()?,
        ),
        Value::Array(items) => Value::Array(items.iter().map(|item| expand(scenario, item)).collect::<Result<_, _>>()?),
        Value::String(text) if text.starts_with('@') => Value::String(expand_text(scenario, text)?),
        other => other.clone(),
    })
}

fn expand_text(scenario: &Scenario, text: &str) -> Result<String, String> {
    if let Some(offset) = text.strip_prefix("@now") {
        let time = prost_types::Timestamp::from(shifted(offset)?);
        return Ok(time.to_string());
    }
    if let Some(offset) = text.strip_prefix("@unix") {
        let since = shifted(offset)?.duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?;
        return Ok(since.as_secs().to_string());
    }
    if let Some(plain) = text.strip_prefix("@text:") {
        return Ok(base64::encode(plain.as_bytes()));
    }
    if let Some(reference) = text.strip_prefix("@file:") {
        return Ok(base64::encode(&scenario.file(reference)?));
    }
    Ok(text.to_owned())
}

/// Now, shifted by a text such as `-1h30m`.
fn shifted(offset: &str) -> Result<SystemTime, String> {
    let now = now();
    let (is_past, amount) = match offset.split_at_checked(1) {
        None => return Ok(now),
        Some(("-", amount)) => (true, amount),
        Some(("+", amount)) => (false, amount),
        Some(_) => (false, offset),
    };
    let amount = duration(amount).ok_or_else(|| format!("invalid duration {offset:?}"))?;
    Ok(if is_past { now - amount } else { now + amount })
}

#[expect(clippy::disallowed_methods, reason = "scripts ask for times relative to now, and tests pass no clock")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// `1h30m`, `90s`, `250ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let tail = &rest[digits..];
        let unit = &tail[..tail.find(|letter: char| letter.is_ascii_digit()).unwrap_or(tail.len())];
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total += Duration::try_from_secs_f64(number * seconds).ok()?;
        rest = &tail[unit.len()..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expands_marks_wherever_they_stand() {
        let scenario = Scenario::new();
        let expanded = expand(&scenario, &json!({"a": ["@text:abc", "plain", 1], "b": {"c": "@x"}})).unwrap();
        assert_eq!(expanded, json!({"a": ["YWJj", "plain", 1], "b": {"c": "@x"}}));
        let now = now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let shown = expand(&scenario, &json!("@unix-1h0m10s")).unwrap();
        let shown: u64 = shown.as_str().unwrap().parse().unwrap();
        assert!((now - 3611..=now - 3609).contains(&shown));
        assert!(expand(&scenario, &json!("@now")).unwrap().as_str().unwrap().ends_with('Z'));
        assert_eq!(expand(&scenario, &json!("@file:none")).unwrap_err(), "scenario file \"none\" not found");
        assert_eq!(expand(&scenario, &json!("@now-3x")).unwrap_err(), "invalid duration \"-3x\"");
    }
}
