//! Specs, and the walks over their tables.
//!
//! [`spec!`] turns a list of fields into a struct and a table; encoding, decoding, YAML and `Debug` are ordinary
//! functions over that table.

use std::any::Any;
use std::fmt;

use talos_config_yaml::emit::{Emitter, Layout};

use super::wire::{self, Payload, Problem};

/// One row of a spec's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Protobuf number.
    pub number: u32,
    /// Name, as the struct has it.
    pub name: &'static str,
    /// Key in YAML; empty for a field that is written inline.
    pub key: &'static str,
    /// What is left out and hidden.
    pub options: Options,
}

/// Options of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// An empty value is left out of YAML.
    pub omit_empty: bool,
    /// The entries of the value stand in YAML where the field would.
    pub inline: bool,
    /// The value is not shown by `Debug`.
    pub secret: bool,
}

impl Options {
    /// No options: written always and shown.
    pub const NONE: Options = Options { omit_empty: false, inline: false, secret: false };
}

/// How a spec looks in YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A mapping with a key for each field.
    Mapping,
    /// The value of the only field, without a key.
    Bare,
    /// The only field is the text.
    Text,
}

/// A message made of fields: a spec, or a part of one.
pub trait Message: Any + Send + Sync {
    /// Full name of the protobuf message.
    fn message_name(&self) -> &'static str;

    /// The table, in the order of YAML.
    fn fields(&self) -> &'static [Field];

    /// How it looks in YAML.
    fn shape(&self) -> Shape;

    /// The value of the field in that place of the table.
    fn value(&self, place: usize) -> &dyn Value;

    /// The same, to be changed.
    fn value_mut(&mut self, place: usize) -> &mut dyn Value;

    /// An empty message of the same type.
    fn empty(&self) -> Box<dyn Message>;
}

/// What a resource says.
pub trait Spec: Message + fmt::Debug + Clone + Default + PartialEq {
    /// The protobuf form, as nodes write it: empty values are written, too, except for absent parts, lists and maps.
    fn to_proto(&self) -> Vec<u8> {
        let mut out = Vec::new();
        encode(self, &mut out);
        out
    }

    /// Reads the protobuf form; fields of later versions are skipped.
    ///
    /// # Errors
    /// [`DecodeError`] when it is damaged.
    fn from_proto(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut spec = Self::default();
        decode(&mut spec, bytes, 0)?;
        Ok(spec)
    }

    /// The YAML form.
    fn to_yaml(&self) -> String {
        yaml(self)
    }
}

/// Why a spec cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}.{field}: {problem}")]
pub struct DecodeError {
    /// Full name of the message.
    pub message: &'static str,
    /// The field, or its number's place holder when the message itself is damaged.
    pub field: &'static str,
    /// What is wrong.
    pub problem: Problem,
}

/// The type a value has in the descriptors and the form it has in YAML; for comparing tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// `string`, `common.NetIP` …
    pub proto: &'static str,
    /// `single`, `repeated` or `map`.
    pub label: &'static str,
    /// Form in YAML, in words.
    pub yaml: String,
}

/// A value of a field: knows its form on the wire and in YAML.
pub trait Value: Any + Send + Sync {
    /// Writes the field, unless it is one of the kinds that are left out when empty.
    fn encode(&self, number: u32, out: &mut Vec<u8>);

    /// Takes one occurrence of the field.
    ///
    /// # Errors
    /// [`DecodeProblem`] when the content is damaged.
    fn decode(&mut self, payload: Payload<'_>, depth: usize) -> Result<(), DecodeProblem>;

    /// Writes the value.
    fn write_yaml(&self, out: &mut Emitter);

    /// Writes the entries of the value into a mapping that is open.
    fn write_entries(&self, out: &mut Emitter) {
        debug_assert!(false, "only mappings are written inline");
        self.write_yaml(out);
    }

    /// Whether the value counts as empty for a field that leaves empty values out.
    fn is_empty(&self) -> bool;

    /// Shows the value for debugging.
    ///
    /// # Errors
    /// Those of the formatter.
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Its form.
    fn form(&self) -> Form;

    /// An empty message of the type that the value is, or holds.
    fn part(&self) -> Option<Box<dyn Message>> {
        None
    }

    /// The text of a spec that is one.
    fn as_text(&self) -> Option<&str> {
        None
    }
}

/// Either what is wrong with the value itself, or with a field inside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeProblem {
    /// The value.
    Here(Problem),
    /// A field of the message that the value is.
    Inside(DecodeError),
}

impl From<Problem> for DecodeProblem {
    fn from(problem: Problem) -> Self {
        DecodeProblem::Here(problem)
    }
}

impl From<DecodeError> for DecodeProblem {
    fn from(error: DecodeError) -> Self {
        DecodeProblem::Inside(error)
    }
}

/// Messages may stand inside of each other this deep.
pub(super) const DEEPEST: usize = 64;

/// Writes all fields.
pub(super) fn encode(message: &dyn Message, out: &mut Vec<u8>) {
    for (place, field) in message.fields().iter().enumerate() {
        message.value(place).encode(field.number, out);
    }
}

/// Reads fields into a message; what is there already is merged with.
pub(super) fn decode(message: &mut dyn Message, bytes: &[u8], depth: usize) -> Result<(), DecodeError> {
    let name = message.message_name();
    let damaged = |problem| DecodeError { message: name, field: "?", problem };
    if depth > DEEPEST {
        return Err(damaged(Problem::TooDeep));
    }
    let fields = message.fields();
    let mut rest = bytes;
    while let Some((number, payload)) = wire::next(&mut rest).map_err(damaged)? {
        let Some(place) = fields.iter().position(|field| field.number == number) else { continue };
        message.value_mut(place).decode(payload, depth).map_err(|problem| match problem {
            DecodeProblem::Here(problem) => DecodeError { message: name, field: fields[place].name, problem },
            DecodeProblem::Inside(error) => error,
        })?;
    }
    Ok(())
}

/// The YAML form of a whole spec.
pub(super) fn yaml(message: &dyn Message) -> String {
    if message.shape() == Shape::Text {
        return message.value(0).as_text().unwrap_or_default().to_owned();
    }
    let mut out = Emitter::new(Layout::TALOS);
    write(message, &mut out);
    out.finish()
}

pub(super) fn write(message: &dyn Message, out: &mut Emitter) {
    match message.shape() {
        Shape::Mapping => {
            out.mapping_start();
            write_entries(message, out);
            out.mapping_end();
        }
        Shape::Bare | Shape::Text => message.value(0).write_yaml(out),
    }
}

pub(super) fn write_entries(message: &dyn Message, out: &mut Emitter) {
    for (place, field) in message.fields().iter().enumerate() {
        let value = message.value(place);
        if field.options.omit_empty && value.is_empty() {
            continue;
        }
        if field.options.inline {
            value.write_entries(out);
        } else {
            out.key(field.key);
            value.write_yaml(out);
        }
    }
}

pub(super) fn is_empty(message: &dyn Message) -> bool {
    (0..message.fields().len()).all(|place| message.value(place).is_empty())
}

/// `Debug` of all messages: secrets are named, not shown.
pub(super) fn show(message: &dyn Message, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    struct Shown<'v>(&'v dyn Value, bool);

    impl fmt::Debug for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match (self.1, self.0.is_empty()) {
                (true, false) => f.write_str("<secret>"),
                _ => self.0.show(f),
            }
        }
    }

    let mut shown = f.debug_struct(name);
    for (place, field) in message.fields().iter().enumerate() {
        shown.field(field.name, &Shown(message.value(place), field.options.secret));
    }
    shown.finish()
}

/// Defines messages from their tables.
///
/// A row is: protobuf number, name, type, YAML key, options. `as Bare` and `as Text` say that the only field stands for
/// the whole in YAML.
macro_rules! spec {
    ($(
        $(#[$doc:meta])*
        $name:ident = $message:literal $(as $shape:ident)? {
            $($(#[$field_doc:meta])* $number:literal $field:ident: $type:ty = $key:literal $([$($option:ident),+])?,)*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq)]
        #[allow(missing_docs)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl $crate::resources::spec::Message for $name {
            fn message_name(&self) -> &'static str {
                $message
            }

            fn fields(&self) -> &'static [$crate::resources::spec::Field] {
                &[$($crate::resources::spec::Field {
                    number: $number,
                    name: stringify!($field),
                    key: $key,
                    #[allow(clippy::needless_update)]
                    options: $crate::resources::spec::Options {
                        $($($option: true,)+)?
                        ..$crate::resources::spec::Options::NONE
                    },
                },)*]
            }

            fn shape(&self) -> $crate::resources::spec::Shape {
                spec!(@shape $($shape)?)
            }

            #[allow(unused_assignments, unused_mut, unused_variables)]
            fn value(&self, mut place: usize) -> &dyn $crate::resources::spec::Value {
                $(
                    if place == 0 {
                        return &self.$field;
                    }
                    place -= 1;
                )*
                unreachable!("places come from the table")
            }

            #[allow(unused_assignments, unused_mut, unused_variables)]
            fn value_mut(&mut self, mut place: usize) -> &mut dyn $crate::resources::spec::Value {
                $(
                    if place == 0 {
                        return &mut self.$field;
                    }
                    place -= 1;
                )*
                unreachable!("places come from the table")
            }

            fn empty(&self) -> Box<dyn $crate::resources::spec::Message> {
                Box::new(Self::default())
            }
        }

        impl $crate::resources::spec::Spec for $name {}

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::resources::spec::show(self, stringify!($name), f)
            }
        }
    )*};
    (@shape) => { $crate::resources::spec::Shape::Mapping };
    (@shape $shape:ident) => { $crate::resources::spec::Shape::$shape };
}
pub(super) use spec;
