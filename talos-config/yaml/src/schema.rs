//! JSON schema of sections, from their tables.
//!
//! It accepts what the reader accepts: a text field takes any scalar, a flag the words of YAML 1.1, every field null.
//! Values that a field usually has are offered, not demanded.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::fields::{Field, Section, Shape, SpecialShape};

/// Where references to sections lead.
const DEFINITIONS: &str = "#/$defs/";

/// Keys that a section cannot do without.
#[derive(Clone, Copy, Debug)]
pub enum Required {
    /// Every one of these.
    All(&'static [&'static str]),
    /// At least one of these.
    Any(&'static [&'static str]),
}

/// Adds a section and those inside of it.
pub fn define(table: &'static Section, required: &[Required], definitions: &mut BTreeMap<&'static str, Json>) {
    if definitions.contains_key(table.go_name) {
        return;
    }
    definitions.insert(table.go_name, Json::Null);
    let properties = table.fields.iter().map(|field| (field.key, property(field))).collect();
    let mut entries = vec![("type", Json::text("object")), ("additionalProperties", Json::Bool(false))];
    if !table.doc.is_empty() {
        entries.push(("description", Json::text(table.doc)));
    }
    for required in required {
        let list = |key: &&'static str| Json::text(*key);
        entries.push(match required {
            Required::All(keys) => ("required", Json::Array(keys.iter().map(list).collect())),
            Required::Any(keys) => {
                let any = keys.iter().map(|key| Json::Object(vec![("required", Json::Array(vec![list(key)]))]));
                ("anyOf", Json::Array(any.collect()))
            }
        });
    }
    entries.push(("properties", Json::Object(properties)));
    definitions.insert(table.go_name, Json::Object(entries));
    for field in table.fields {
        if let Some(inner) = field.shape.inner_section() {
            define(inner, &[], definitions);
        }
    }
}

fn property(field: &Field) -> Json {
    let mut entries = vec![("title", Json::text(field.key))];
    if !field.doc.is_empty() {
        entries.push(("description", Json::text(field.doc)));
        entries.push(("markdownDescription", Json::text(field.doc)));
    }
    if let Some(default) = field.default {
        entries.push(("default", Json::text(default)));
    }
    if field.deprecated.is_some() || field.hidden {
        entries.push(("deprecated", Json::Bool(true)));
    }
    if matches!(field.key, "apiVersion" | "kind") && !field.values.is_empty() {
        entries.push(("enum", Json::Array(field.values.iter().map(|value| Json::text(*value)).collect())));
        return Json::Object(entries);
    }
    entries.extend(shape(field.shape, field.values));
    Json::Object(entries)
}

/// The keywords that describe a shape.
fn shape(shape: &Shape, values: &[&'static str]) -> Vec<(&'static str, Json)> {
    match shape {
        Shape::Text if values.is_empty() => vec![("type", types(&["string", "number", "boolean", "null"]))],
        Shape::Text => {
            let known = Json::Array(values.iter().map(|value| Json::text(*value)).collect());
            any(vec![vec![("enum", known)], vec![("type", types(&["string", "number", "boolean", "null"]))]])
        }
        Shape::Flag => {
            let words =
                ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"];
            let words = Json::Array(words.iter().map(|word| Json::text(*word)).collect());
            any(vec![vec![("type", types(&["boolean", "null"]))], vec![("enum", words)]])
        }
        Shape::Integer { min, max, .. } => vec![
            ("type", types(&["number", "null"])),
            ("minimum", Json::Number(min.to_string())),
            ("maximum", Json::Number(max.to_string())),
        ],
        Shape::Special(special) => self::special(special),
        Shape::FreeForm => vec![("type", types(&["object", "null"]))],
        Shape::Section(table) => any(vec![vec![("$ref", reference_text(table))], vec![("type", Json::text("null"))]]),
        Shape::List(item) | Shape::SectionList(item) => {
            vec![("type", types(&["array", "null"])), ("items", Json::Object(self::shape(item, values)))]
        }
        Shape::Map(value) => vec![
            ("type", types(&["object", "null"])),
            ("additionalProperties", Json::Object(self::shape(value, values))),
        ],
        Shape::Optional(inner) => self::shape(inner, values),
    }
}

fn special(special: &SpecialShape) -> Vec<(&'static str, Json)> {
    let mut entries = vec![("type", types(&[special.json, "null"]))];
    entries.extend(special.pattern.map(|pattern| ("pattern", Json::text(pattern))));
    entries.extend(special.format.map(|format| ("format", Json::text(format))));
    entries
}

fn any(members: Vec<Vec<(&'static str, Json)>>) -> Vec<(&'static str, Json)> {
    vec![("anyOf", Json::Array(members.into_iter().map(Json::Object).collect()))]
}

/// `string or integer` stands for two types.
fn types(names: &[&str]) -> Json {
    Json::Array(names.iter().flat_map(|name| name.split(" or ")).map(Json::text).collect())
}

/// A reference to the definition of a section.
pub fn reference(table: &Section) -> Json {
    Json::Object(vec![("$ref", reference_text(table))])
}

fn reference_text(table: &Section) -> Json {
    Json::text(format!("{DEFINITIONS}{}", table.go_name))
}

/// As much of JSON as a schema needs, with the order of keys as given.
#[derive(Clone, Debug)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number in digits.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    Array(Vec<Json>),
    /// Keys with their values.
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The text, indented by two blanks a level, with a line feed at its end.
    pub fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out.push('\n');
        out
    }

    fn write(&self, depth: usize, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Number(digits) => out.push_str(digits),
            Self::Text(text) => quote(text, out),
            Self::Array(items) if items.is_empty() => out.push_str("[]"),
            Self::Array(items) => {
                out.push('[');
                for (position, item) in items.iter().enumerate() {
                    start_line(position, depth + 1, out);
                    item.write(depth + 1, out);
                }
                end_lines(depth, ']', out);
            }
            Self::Object(entries) if entries.is_empty() => out.push_str("{}"),
            Self::Object(entries) => {
                out.push('{');
                for (position, (key, value)) in entries.iter().enumerate() {
                    start_line(position, depth + 1, out);
                    quote(key, out);
                    out.push_str(": ");
                    value.write(depth + 1, out);
                }
                end_lines(depth, '}', out);
            }
        }
    }
}

fn start_line(position: usize, depth: usize, out: &mut String) {
    out.push_str(if position == 0 { "\n" } else { ",\n" });
    out.extend(std::iter::repeat_n("  ", depth));
}

fn end_lines(depth: usize, bracket: char, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
    out.push(bracket);
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            letter if letter.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

/// Implements `schemars::JsonSchema` for a section.
#[cfg(feature = "schemars")]
#[macro_export]
macro_rules! schemars_node {
    ($name:ty) => {
        impl $crate::schema::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                $crate::schema::name::<$name>()
            }

            fn json_schema(generator: &mut $crate::schema::SchemaGenerator) -> $crate::schema::Schema {
                $crate::schema::schema::<$name>(generator)
            }
        }
    };
}

#[cfg(feature = "schemars")]
pub use schemars_support::*;

#[cfg(feature = "schemars")]
mod schemars_support {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    #[doc(hidden)]
    pub use schemars::{JsonSchema, Schema, SchemaGenerator};

    use serde_json::Value;

    use super::{DEFINITIONS, Json, define};
    use crate::fields::Described;

    /// Name of a section's definition.
    pub fn name<T: Described>() -> Cow<'static, str> {
        T::SHAPE.go_type().into()
    }

    /// The schema of a section. Those of the sections in it become definitions of the generator.
    ///
    /// # Panics
    /// Never: the type is that of a section.
    pub fn schema<T: Described>(generator: &mut SchemaGenerator) -> Schema {
        let table = T::SHAPE.inner_section().expect("only sections have a schema of their own");
        let mut definitions = BTreeMap::new();
        define(table, &[], &mut definitions);
        let folder = format!("#{}/", generator.settings().definitions_path);
        let own = value(&definitions.remove(table.go_name).unwrap_or(Json::Object(Vec::new())), &folder);
        for (name, definition) in definitions {
            let known = generator.definitions_mut().entry(name);
            known.or_insert_with(|| value(&definition, &folder));
        }
        Schema::try_from(own).expect("a schema is an object")
    }

    /// The schema as the generator's type, with references into its folder of definitions.
    fn value(json: &Json, folder: &str) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(digits) => digits.parse().map_or(Value::Null, Value::Number),
            Json::Text(text) => Value::String(match text.strip_prefix(DEFINITIONS) {
                Some(name) => format!("{folder}{name}"),
                None => text.clone(),
            }),
            Json::Array(items) => items.iter().map(|item| value(item, folder)).collect(),
            Json::Object(entries) => {
                entries.iter().map(|(key, inner)| ((*key).to_owned(), value(inner, folder))).collect()
            }
        }
    }
}
