//! The patch that leads from one configuration to another.

use std::fmt::Write;

use talos_config_yaml::emit::{Emitter, Layout, write_in_order};
use talos_config_yaml::to_value::to_value;

use super::json6902::{self, Operation};
use super::{Input, Patch, apply, load};
use crate::Value;
use crate::container::Container;
use crate::document::{Document, Identity};

/// A patch as text, of the kind that can say what differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Between {
    /// The configurations are equal.
    Nothing,
    /// A strategic patch, as YAML.
    Strategic(String),
    /// An RFC 6902 patch, as JSON: something is removed, replaced in a list, or set to nothing.
    Json(String),
}

/// No patch leads from one configuration to the other: a document is gone, and JSON patches know one document only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no patch can do this: {reason}")]
pub struct Inexpressible {
    /// What stands in the way.
    pub reason: String,
}

/// Finds the patch that, applied to `before`, gives `after`. What the plain writer leaves out does not count as a
/// difference. The result has been tried.
///
/// # Errors
/// When neither kind of patch can do it.
pub fn between(before: &Container, after: &Container) -> Result<Between, Inexpressible> {
    let (before, after) = (written(before)?, written(after)?);
    if before == after {
        return Ok(Between::Nothing);
    }
    if let Some(text) = strategic(&before, &after)
        && leads(&before, &after, &text)
    {
        return Ok(Between::Strategic(text));
    }
    let text = json(&before, &after)?;
    if leads(&before, &after, &text) {
        return Ok(Between::Json(text));
    }
    Err(Inexpressible { reason: "the values cannot be told apart in a patch".to_owned() })
}

/// The configuration as it is after it was written and read.
fn written(container: &Container) -> Result<Container, Inexpressible> {
    let text = crate::encode::to_yaml(container, crate::encode::Options { readable: true, ..Default::default() });
    crate::load::load(text).map_err(|error| Inexpressible { reason: error.to_string() })
}

fn leads(before: &Container, after: &Container, text: &str) -> bool {
    let result = load(text).ok().and_then(|patch| {
        // A JSON patch works on the text as the plain writer gives it, in a form that reads back.
        let input = match &patch {
            Patch::Strategic(_) => Input::from(before.clone()),
            Patch::Json(_) => Input::Text(readable(before).into_bytes()),
        };
        apply(input, &[patch]).ok()?.into_configuration().ok()
    });
    result.is_some_and(|result| result == *after)
}

fn readable(container: &Container) -> String {
    crate::encode::to_yaml(container, crate::encode::Options { readable: true, ..Default::default() })
}

/// What differs, document by document, as a partial configuration.
fn strategic(before: &Container, after: &Container) -> Option<String> {
    let mut out = Emitter::new(Layout::TALOS).readable(true);
    let mut written = 0;
    for document in after.documents() {
        let new = to_value(document.as_node());
        let patch = match before.find(&Identity::of(document)) {
            Some(old) => match partial(&to_value(old.as_node()), &new) {
                Some(Value::Mapping(entries)) => with_identity(entries, document),
                Some(_) => return None,
                None => continue,
            },
            None => new,
        };
        if written > 0 {
            out.document_separator();
        }
        write_in_order(&patch, &mut out);
        written += 1;
    }
    (written > 0).then(|| out.finish())
}

/// A named document says its identity in every patch.
fn with_identity(mut entries: Vec<(Value, Value)>, document: &dyn Document) -> Value {
    let mut identity = Vec::new();
    if !document.api_version().is_empty() {
        identity.push(("apiVersion", document.api_version()));
        identity.push(("kind", document.kind()));
    }
    identity.extend(document.name().map(|name| ("name", name)));
    for (key, value) in identity.into_iter().rev() {
        entries.retain(|(known, _)| known.as_str() != Some(key));
        entries.insert(0, (Value::String(key.to_owned()), Value::String(value.to_owned())));
    }
    Value::Mapping(entries)
}

/// The part of a value that a merge would need to turn the old value into the new one; nothing if they are equal.
fn partial(old: &Value, new: &Value) -> Option<Value> {
    if old == new {
        return None;
    }
    Some(match (old, new) {
        (Value::Mapping(old), Value::Mapping(new)) => Value::Mapping(
            new.iter()
                .filter_map(|(key, value)| {
                    let known = old.iter().find(|(known, _)| known == key).map(|(_, value)| value);
                    let part = match known {
                        Some(known) => partial(known, value)?,
                        None => value.clone(),
                    };
                    Some((key.clone(), part))
                })
                .collect(),
        ),
        (Value::Sequence(old), Value::Sequence(new)) if new.starts_with(old) => {
            Value::Sequence(new[old.len()..].to_vec())
        }
        (Value::Sequence(old), Value::Sequence(new)) => list(old, new),
        _ => new.clone(),
    })
}

/// Entries of lists with a key are patched in place; then further ones may follow. Other lists are given whole, which is
/// right for those that a patch replaces.
fn list(old: &[Value], new: &[Value]) -> Value {
    const KEYS: &[&str] = &["interface", "deviceSelector", "vlanId", "name"];
    let mut entries = Vec::new();
    for (position, value) in new.iter().enumerate() {
        let Some(known) = old.get(position) else {
            entries.push(value.clone());
            continue;
        };
        let Some(part) = partial(known, value) else { continue };
        let key = KEYS.iter().find(|key| known.get(key).is_some() && known.get(key) == value.get(key));
        match (part, key) {
            (Value::Mapping(mut part), Some(key)) => {
                let name = value.get(key).cloned().unwrap_or_default();
                part.insert(0, (Value::String((*key).to_owned()), name));
                entries.push(Value::Mapping(part));
            }
            _ => return Value::Sequence(new.to_vec()),
        }
    }
    Value::Sequence(entries)
}

/// Operations on the one document that there is.
fn json(before: &Container, after: &Container) -> Result<String, Inexpressible> {
    let one = |container: &Container| match (container.documents().len(), container.documents().next()) {
        (1, Some(document)) => Ok(to_value(document.as_node())),
        _ => Err(Inexpressible {
            reason: "it takes a JSON patch, and these are for configurations of one document".to_owned(),
        }),
    };
    let mut operations = Vec::new();
    operation(&one(before)?, &one(after)?, &mut String::new(), &mut operations);
    let lines: Vec<_> = operations.iter().map(|operation| format!("  {}", operation.to_json())).collect();
    Ok(format!("[\n{}\n]\n", lines.join(",\n")))
}

fn operation(old: &Value, new: &Value, path: &mut String, out: &mut Vec<Operation>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Mapping(old), Value::Mapping(new)) => {
            for (key, value) in old {
                let length = descend(path, key.as_str().unwrap_or_default());
                match new.iter().find(|(known, _)| known == key) {
                    Some((_, after)) => operation(value, after, path, out),
                    None => out.push(Operation::new("remove", path.as_str())),
                }
                path.truncate(length);
            }
            for (key, value) in new {
                if !old.iter().any(|(known, _)| known == key) {
                    let length = descend(path, key.as_str().unwrap_or_default());
                    push("add", path, value, out);
                    path.truncate(length);
                }
            }
        }
        (Value::Sequence(old), Value::Sequence(new)) => {
            for (position, (value, after)) in old.iter().zip(new).enumerate() {
                let length = descend(path, &position.to_string());
                operation(value, after, path, out);
                path.truncate(length);
            }
            for position in (new.len()..old.len()).rev() {
                let length = descend(path, &position.to_string());
                out.push(Operation::new("remove", path.as_str()));
                path.truncate(length);
            }
            for value in new.iter().skip(old.len()) {
                let length = descend(path, "-");
                push("add", path, value, out);
                path.truncate(length);
            }
        }
        _ => push("replace", path, new, out),
    }
}

fn push(op: &str, path: &str, value: &Value, out: &mut Vec<Operation>) {
    let mut json = String::new();
    write_json(value, &mut json);
    // What is written here is JSON; a value that could not be read would only be missed by the trial that follows.
    out.extend(Operation::new(op, path).with_value(&json));
}

/// Adds a step to a JSON pointer; gives the length to go back to.
fn descend(path: &mut String, key: &str) -> usize {
    let length = path.len();
    path.push('/');
    path.push_str(&key.replace('~', "~0").replace('/', "~1"));
    length
}

fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(number) => write_to(out, number),
        Value::Uint(number) => write_to(out, number),
        Value::Float(number) => write_to(out, number),
        Value::String(text) | Value::Time { text, .. } => json6902::quote(out, text),
        Value::Bytes(bytes) => json6902::quote(out, &String::from_utf8_lossy(bytes)),
        Value::Sequence(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                out.push_str(if position > 0 { "," } else { "" });
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Mapping(entries) => {
            out.push('{');
            for (position, (key, value)) in entries.iter().enumerate() {
                out.push_str(if position > 0 { "," } else { "" });
                json6902::quote(out, key.as_str().unwrap_or_default());
                out.push(':');
                write_json(value, out);
            }
            out.push('}');
        }
    }
}

fn write_to(out: &mut String, number: impl std::fmt::Display) {
    write!(out, "{number}").expect("a string takes all that is written to it");
}
