//! JSON patches: operations of RFC 6902 on the text of a configuration.
//!
//! The reference deviates from the RFC, and so does this: `replace` of a missing key adds it, negative indices count from
//! the end, the first segment of a path is dropped whether or not it is empty, a missing value is null. The base is read by
//! the rules of YAML 1.1 (`yes` is true, `010` is 8) and the result is written anew, with sorted keys and without comments.

mod apply;
mod document;
mod error;
#[cfg(feature = "json-patch")]
mod interchange;
mod read;
mod text;
mod write;

use std::fmt;

use document::{Document, Json, Null};
pub use error::{Access, Error, Failure, OperationError, ParseError, ValueError};
pub use text::SyntaxError;
pub(crate) use text::quote;

/// Operations that are applied one after another; the first that fails discards all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch(Vec<Operation>);

/// One step of a patch. What is missing or makes no sense is found when it is applied.
#[derive(Clone, Default, PartialEq)]
pub struct Operation {
    op: Member,
    path: Member,
    from: Member,
    value: Option<Document<'static>>,
}

/// A member of an operation that should be a text.
#[derive(Clone, Debug, Default, PartialEq)]
enum Member {
    #[default]
    Missing,
    Text(String),
    /// Another kind of JSON value, by its name.
    Other(&'static str),
}

impl Patch {
    /// Reads a JSON list of operations. `null` is an empty list.
    ///
    /// # Errors
    /// [`ParseError::Syntax`] if the text is not JSON, [`ParseError::Type`] if it is not a list of objects.
    pub fn from_json(text: &[u8]) -> Result<Patch, ParseError> {
        let mut document = text::parse(text).map_err(ParseError::Syntax)?;
        let items = match document.get(document.root) {
            Json::List(items) => items.clone(),
            Json::Null(_) => Vec::new(),
            other => return Err(ParseError::Type { found: name(other), wanted: "jsonpatch.Patch" }),
        };
        let wrong = items
            .iter()
            .map(|&item| document.get(item))
            .find(|item| !matches!(item, Json::Object(_) | Json::Written(_) | Json::Null(_)));
        if let Some(other) = wrong {
            return Err(ParseError::Type { found: name(other), wanted: "jsonpatch.Operation" });
        }
        Ok(items.into_iter().map(|item| Operation::from_document(&mut document, item)).collect())
    }

    /// Reads a YAML list of operations. Nothing at all is an empty list.
    ///
    /// # Errors
    /// [`ParseError::Yaml`] if the text is not YAML, [`ParseError::NotAList`] if it is not a list of mappings,
    /// [`ParseError::Value`] if a value has no form in JSON.
    pub fn from_yaml(text: &[u8]) -> Result<Patch, ParseError> {
        read::operations(text)
    }

    /// Applies the operations to a text with one YAML document.
    ///
    /// # Errors
    /// If the text is not one YAML document or has no form in JSON, if an operation fails, or if the result has no form in
    /// YAML. `Display` of an error gives the reference's text.
    pub fn apply(&self, text: &[u8]) -> Result<String, Error> {
        apply::apply(self, text)
    }

    /// The operations in their order.
    pub fn operations(&self) -> &[Operation] {
        &self.0
    }

    /// Adds the operations of another patch behind these.
    pub fn extend(&mut self, more: Patch) {
        self.0.extend(more.0);
    }

    /// The patch as compact JSON.
    pub fn to_json(&self) -> String {
        let operations: Vec<_> = self.0.iter().map(Operation::to_json).collect();
        format!("[{}]", operations.join(","))
    }
}

impl FromIterator<Operation> for Patch {
    fn from_iter<T: IntoIterator<Item = Operation>>(operations: T) -> Self {
        Self(operations.into_iter().collect())
    }
}

impl Operation {
    /// An operation of this kind (`add`, `remove`, `replace`, `move`, `copy` or `test`) at a path, such as
    /// `/machine/certSANs/-`.
    pub fn new(op: impl Into<String>, path: impl Into<String>) -> Operation {
        Operation { op: Member::Text(op.into()), path: Member::Text(path.into()), ..Operation::default() }
    }

    /// Sets the path that `move` and `copy` take from.
    #[must_use]
    pub fn with_from(self, from: impl Into<String>) -> Operation {
        Operation { from: Member::Text(from.into()), ..self }
    }

    /// Sets the value, given as JSON text.
    ///
    /// # Errors
    /// If the text is not JSON.
    pub fn with_value(self, json: &str) -> Result<Operation, SyntaxError> {
        Ok(Operation { value: Some(read_value(text::parse(json.as_bytes())?)), ..self })
    }

    /// The kind, if it is a text.
    pub fn op(&self) -> Option<&str> {
        self.op.text()
    }

    /// The path, if it is a text.
    pub fn path(&self) -> Option<&str> {
        self.path.text()
    }

    /// The path to take from, if it is a text.
    pub fn from(&self) -> Option<&str> {
        self.from.text()
    }

    /// The value as compact JSON.
    pub fn value(&self) -> Option<String> {
        let value = self.value.as_ref()?;
        Some(text::lossy(text::write(value, value.root)))
    }

    /// The operation as compact JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{");
        for (key, member) in [("op", &self.op), ("from", &self.from), ("path", &self.path)] {
            if let Some(text) = member.text() {
                out.push_str(if out.len() > 1 { ",\"" } else { "\"" });
                out.push_str(key);
                out.push_str("\":");
                text::quote(&mut out, text);
            }
        }
        if let Some(value) = self.value() {
            out.push_str(if out.len() > 1 { ",\"value\":" } else { "\"value\":" });
            out.push_str(&value);
        }
        out.push('}');
        out
    }

    fn from_document(document: &mut Document<'static>, id: document::Id) -> Operation {
        let mut operation = Operation::default();
        let members = document.get(id).members().cloned().unwrap_or_default();
        for (key, id) in members {
            let member = || match document.get(id) {
                Json::Null(Null::Word) => Member::Text(String::new()),
                Json::Null(_) => Member::Missing,
                Json::Text(text) => Member::Text(text.clone().into_owned()),
                Json::Literal(literal) => Member::Text(literal.text.clone()),
                other => Member::Other(name(other)),
            };
            match &*key {
                "op" => operation.op = member(),
                "path" => operation.path = member(),
                "from" => operation.from = member(),
                "value" => operation.value = Some(read_value(document.extract(id))),
                _ => {}
            }
        }
        operation
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be secrets.
        f.debug_struct("Operation")
            .field("op", &self.op())
            .field("path", &self.path())
            .field("from", &self.from())
            .finish_non_exhaustive()
    }
}

impl Member {
    fn text(&self) -> Option<&str> {
        match self {
            Member::Text(text) => Some(text),
            Member::Missing | Member::Other(_) => None,
        }
    }
}

/// A null that stands alone as a value is another than one within.
fn read_value(mut value: Document<'static>) -> Document<'static> {
    let root = value.root;
    if let Json::Null(null @ Null::Absent) = value.get_mut(root) {
        *null = Null::Nil;
    }
    value
}

/// The reference's name of a kind of JSON value.
fn name(json: &Json<'_>) -> &'static str {
    match json {
        Json::Null(_) => "null",
        Json::Bool(_) => "bool",
        Json::Integer(_) | Json::Number(_) => "number",
        Json::Text(_) | Json::Literal(_) => "string",
        Json::List(_) => "array",
        Json::Object(_) | Json::Written(_) => "object",
    }
}

/// A text as Go writes it between quotes.
fn go_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0C' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0B' => out.push_str("\\v"),
            '\0'..='\x1F' | '\x7F' => out.push_str(&format!("\\x{:02x}", u32::from(character))),
            '\u{80}'..='\u{a0}' | '\u{ad}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out
}
