//! Values of fields: numbers, texts, lists, maps, and messages within messages.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};

use talos_config_yaml::emit::Emitter;

use super::spec::{self, DecodeProblem, Form, Message, Value};
use super::wire::{self, Payload, Problem};

/// Values that are numbers on the wire.
macro_rules! numbers {
    ($($type:ty = $proto:literal, $yaml:literal, $write:expr;)*) => {$(
        impl Value for $type {
            fn encode(&self, number: u32, out: &mut Vec<u8>) {
                wire::put_varint(number, *self as u64, out);
            }

            fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
                *self = whole(payload)? as $type;
                Ok(())
            }

            fn write_yaml(&self, out: &mut Emitter) {
                let write: fn($type, &mut Emitter) = $write;
                write(*self, out);
            }

            fn is_empty(&self) -> bool {
                *self == 0
            }

            fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Debug::fmt(self, f)
            }

            fn form(&self) -> Form {
                single($proto, $yaml)
            }
        }
    )*};
}

numbers! {
    u32 = "uint32", "integer", |value, out| out.unsigned(value.into());
    u64 = "uint64", "integer", |value, out| out.unsigned(value);
    i64 = "int64", "integer", |value, out| out.integer(value);
}

/// A whole number; the four-byte form is taken, too, for fields that were declared so.
pub(super) fn whole(payload: Payload<'_>) -> Result<u64, Problem> {
    match payload {
        Payload::Varint(value) => Ok(value),
        Payload::Fixed32(value) => Ok(value.into()),
        _ => Err(Problem::WireType),
    }
}

pub(super) fn bytes(payload: Payload<'_>) -> Result<&[u8], Problem> {
    match payload {
        Payload::Bytes(bytes) => Ok(bytes),
        _ => Err(Problem::WireType),
    }
}

pub(super) fn text(payload: Payload<'_>) -> Result<&str, Problem> {
    std::str::from_utf8(bytes(payload)?).map_err(|_| Problem::Text)
}

pub(super) fn single(proto: &'static str, yaml: impl Into<String>) -> Form {
    Form { proto, label: "single", yaml: yaml.into() }
}

impl Value for bool {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_varint(number, (*self).into(), out);
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        *self = whole(payload)? != 0;
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.boolean(*self);
    }

    fn is_empty(&self) -> bool {
        !self
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(self, f)
    }

    fn form(&self) -> Form {
        single("bool", "bool")
    }
}

impl Value for f64 {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_fixed64(number, self.to_bits(), out);
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        let Payload::Fixed64(bits) = payload else { return Err(Problem::WireType.into()) };
        *self = f64::from_bits(bits);
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.float(*self);
    }

    fn is_empty(&self) -> bool {
        *self == 0.0
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(self, f)
    }

    fn form(&self) -> Form {
        single("double", "number")
    }
}

impl Value for String {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_bytes(number, self.as_bytes(), out);
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        text(payload)?.clone_into(self);
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.string(self);
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(self, f)
    }

    fn form(&self) -> Form {
        single("string", "string")
    }
}

/// Bytes, in YAML a list of numbers. An empty list is left out on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByteList(pub Vec<u8>);

impl Value for ByteList {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        if !self.0.is_empty() {
            wire::put_bytes(number, &self.0, out);
        }
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        self.0 = bytes(payload)?.to_vec();
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.sequence_start();
        self.0.iter().for_each(|byte| out.unsigned((*byte).into()));
        out.sequence_end();
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }

    fn form(&self) -> Form {
        single("bytes", "sequence of integers 0-255")
    }
}

/// A YAML document that travels as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document(pub String);

impl Value for Document {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_bytes(number, self.0.as_bytes(), out);
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        text(payload)?.clone_into(&mut self.0);
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.string(&self.0);
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }

    fn form(&self) -> Form {
        single("bytes", "document")
    }

    fn as_text(&self) -> Option<&str> {
        Some(&self.0)
    }
}

impl<T: Value + Default> Value for Vec<T> {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        self.iter().for_each(|item| item.encode(number, out));
    }

    fn decode(&mut self, payload: Payload<'_>, depth: usize) -> Result<(), DecodeProblem> {
        let mut item = T::default();
        item.decode(payload, depth)?;
        self.push(item);
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.sequence_start();
        self.iter().for_each(|item| item.write_yaml(out));
        out.sequence_end();
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|item| Shown(item))).finish()
    }

    fn form(&self) -> Form {
        let item = T::default().form();
        Form { label: "repeated", yaml: format!("sequence of {}", item.yaml), ..item }
    }

    fn part(&self) -> Option<Box<dyn Message>> {
        T::default().part()
    }
}

/// A part that may be absent: `null` in YAML, nothing on the wire.
impl<T: Value + Default> Value for Option<T> {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        if let Some(value) = self {
            value.encode(number, out);
        }
    }

    fn decode(&mut self, payload: Payload<'_>, depth: usize) -> Result<(), DecodeProblem> {
        self.get_or_insert_default().decode(payload, depth)
    }

    fn write_yaml(&self, out: &mut Emitter) {
        match self {
            Some(value) => value.write_yaml(out),
            None => out.null(),
        }
    }

    fn is_empty(&self) -> bool {
        self.is_none()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Some(value) => value.show(f),
            None => f.write_str("None"),
        }
    }

    fn form(&self) -> Form {
        let value = T::default().form();
        Form { yaml: format!("null or {}", value.yaml), ..value }
    }

    fn part(&self) -> Option<Box<dyn Message>> {
        T::default().part()
    }
}

struct Shown<'v>(&'v dyn Value);

impl Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

impl Value for BTreeMap<String, String> {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        for (key, value) in self {
            wire::put_message(number, out, |out| {
                wire::put_bytes(1, key.as_bytes(), out);
                wire::put_bytes(2, value.as_bytes(), out);
            });
        }
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        let mut rest = bytes(payload)?;
        let (mut key, mut value) = ("", "");
        while let Some((number, payload)) = wire::next(&mut rest)? {
            match number {
                1 => key = text(payload)?,
                2 => value = text(payload)?,
                _ => {}
            }
        }
        self.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        let mut entries: Vec<_> = self.iter().collect();
        entries.sort_by(|(a, _), (b, _)| talos_config_yaml::natural::compare(a, b));
        out.mapping_start();
        for (key, value) in entries {
            out.key(key);
            out.string(value);
        }
        out.mapping_end();
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(self, f)
    }

    fn form(&self) -> Form {
        Form { proto: "map<string,string>", label: "map", yaml: "mapping string to string".into() }
    }
}

/// Messages within messages.
impl<M: Message> Value for M {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_message(number, out, |out| spec::encode(self, out));
    }

    fn decode(&mut self, payload: Payload<'_>, depth: usize) -> Result<(), DecodeProblem> {
        Ok(spec::decode(self, bytes(payload)?, depth + 1)?)
    }

    fn write_yaml(&self, out: &mut Emitter) {
        spec::write(self, out);
    }

    fn write_entries(&self, out: &mut Emitter) {
        spec::write_entries(self, out);
    }

    fn is_empty(&self) -> bool {
        spec::is_empty(self)
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.message_name();
        spec::show(self, name.rsplit('.').next().unwrap_or(name), f)
    }

    fn form(&self) -> Form {
        let name = self.message_name();
        single(name, format!("mapping ({})", name.strip_prefix("talos.resource.definitions.").unwrap_or(name)))
    }

    fn part(&self) -> Option<Box<dyn Message>> {
        Some(self.empty())
    }
}
