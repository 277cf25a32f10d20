//! serde for sections and free-form values, through the tables: JSON and YAML agree with our own reader and writer.
//!
//! Reading goes through text, so that every rule of the reader holds: a text field takes any scalar, unknown keys are
//! refused, and all problems are reported at once.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::decode::Decoder;
use crate::emit::{Emitter, Layout, write_value};
use crate::fields::Node;
use crate::free_form::FreeForm;
use crate::source::Source;
use crate::to_value::to_value;
use crate::tree::{Options, Tree};
use crate::value::Value;

/// Implements serde's traits for a section.
#[macro_export]
macro_rules! serde_node {
    ($name:ty) => {
        impl $crate::serde::SerializeTrait for $name {
            fn serialize<S: $crate::serde::SerializerTrait>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::serde::serialize(self, serializer)
            }
        }

        impl<'de> $crate::serde::DeserializeTrait<'de> for $name {
            fn deserialize<D: $crate::serde::DeserializerTrait<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::serde::deserialize(deserializer)
            }
        }
    };
}

#[doc(hidden)]
pub use ::serde::{
    Deserialize as DeserializeTrait, Deserializer as DeserializerTrait, Serialize as SerializeTrait,
    Serializer as SerializerTrait,
};

/// Writes a value with the fields that a writer without comments would write.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(node: &dyn Node, serializer: S) -> Result<S::Ok, S::Error> {
    to_value(node).serialize(serializer)
}

/// Reads a value, strictly.
///
/// # Errors
/// Those of the deserializer, and all problems of the value in the text of the reference.
pub fn deserialize<'de, T: Node + Default, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let mut text = Emitter::new(Layout::TALOS).readable(true);
    write_value(&value, &mut text);
    let source = Source::new("", text.finish());
    let (tree, error) = Tree::parse(&source, Options::default());
    if let Some(error) = error {
        return Err(de::Error::custom(error));
    }
    let mut target = T::default();
    let mut decoder = Decoder::new(&tree);
    if let Some(root) = tree.documents().first().and_then(|document| tree.root(*document)) {
        target.decode(&mut decoder, root);
    }
    let outcome = decoder.finish();
    if let Some(problems) = outcome.go_text(&tree) {
        return Err(de::Error::custom(problems));
    }
    if let Some(key) = outcome.unknown.first() {
        return Err(de::Error::custom(format!("unknown key `{}`", tree.text(*key))));
    }
    Ok(target)
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Uint(number) => serializer.serialize_u64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::String(text) | Self::Time { text, .. } => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::Sequence(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Mapping(entries) => serialize_entries(entries, serializer),
        }
    }
}

fn serialize_entries<S: Serializer>(entries: &[(Value, Value)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (key, value) in entries {
        map.serialize_entry(key, value)?;
    }
    map.end()
}

impl Serialize for FreeForm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_entries(self.entries(), serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for FreeForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or(Value::Uint(number), Value::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(bytes.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::with_capacity(list.size_hint().unwrap_or(0).min(1024));
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::with_capacity(map.size_hint().unwrap_or(0).min(1024));
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Mapping(entries))
    }
}
