//! Numbers that read as words: enumerations and sets of flags.

use std::fmt;

use talos_config_yaml::emit::Emitter;

use super::spec::{DecodeProblem, Value};
use super::value::whole;
use super::wire::Payload;

/// The words of an enumeration or of the flags of a set.
pub(super) type Words = &'static [(u32, &'static str)];

/// The word for a number.
pub(super) fn word(words: Words, number: u32) -> Option<&'static str> {
    words.iter().find(|(known, _)| *known == number).map(|(_, word)| *word)
}

/// Writes the words of all flags, lowest first, joined by commas. Bits without a word are left out.
pub(super) fn write_flags(words: Words, set: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut present = words.iter().filter(|(bit, _)| set & bit != 0).map(|(_, word)| *word);
    if let Some(first) = present.next() {
        f.write_str(first)?;
    }
    present.try_for_each(|word| write!(f, ",{word}"))
}

pub(super) fn decode(number: &mut u32, payload: Payload<'_>) -> Result<(), DecodeProblem> {
    *number = whole(payload)? as u32;
    Ok(())
}

pub(super) fn write_word(value: &(impl Value + fmt::Display), out: &mut Emitter) {
    out.string(&value.to_string());
}

/// Defines enumerations: a number with names for its values.
///
/// A number without a name shows as `Name(N)`. `as integer`: a number in YAML, too.
macro_rules! texts {
    ($(
        $(#[$doc:meta])*
        $name:ident($go_name:literal, $form:literal) of $proto:literal $(as $integer:ident)? {
            $($value:ident = $number:literal $word:literal,)*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        #[allow(missing_docs)]
        impl $name {
            $(pub const $value: Self = Self($number);)*

            const WORDS: $crate::resources::texts::Words = &[$(($number, $word),)*];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match $crate::resources::texts::word(Self::WORDS, self.0) {
                    Some(word) => f.write_str(word),
                    None => write!(f, concat!($go_name, "({})"), self.0),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::resources::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::WORDS
                    .iter()
                    .find(|(_, word)| *word == text)
                    .map(|(number, _)| Self(*number))
                    .ok_or_else(|| $crate::resources::UnknownWord { word: text.to_owned(), kind: $go_name })
            }
        }

        texts!(@value $name, $proto, texts!(@form $form $($integer)?), texts!(@write $($integer)?));
    )*};
    (@form $form:literal) => { concat!("string form of ", $form) };
    (@form $form:literal integer) => { "integer" };
    (@write) => { |value, out| $crate::resources::texts::write_word(value, out) };
    (@write integer) => { |value, out| out.unsigned(value.0.into()) };
    (@value $name:ident, $proto:literal, $form:expr, $write:expr) => {
        impl $crate::resources::spec::Value for $name {
            fn encode(&self, number: u32, out: &mut Vec<u8>) {
                $crate::resources::wire::put_varint(number, self.0.into(), out);
            }

            fn decode(
                &mut self,
                payload: $crate::resources::wire::Payload<'_>,
                _: usize,
            ) -> Result<(), $crate::resources::spec::DecodeProblem> {
                $crate::resources::texts::decode(&mut self.0, payload)
            }

            fn write_yaml(&self, out: &mut talos_config_yaml::emit::Emitter) {
                let write: fn(&$name, &mut talos_config_yaml::emit::Emitter) = $write;
                write(self, out);
            }

            fn is_empty(&self) -> bool {
                self.0 == 0
            }

            fn show(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self}")
            }

            fn form(&self) -> $crate::resources::spec::Form {
                $crate::resources::value::single($proto, $form)
            }
        }
    };
}

/// Defines sets of flags.
macro_rules! flags {
    ($(
        $(#[$doc:meta])*
        $name:ident($form:literal) {
            $($value:ident = $number:literal $word:literal,)*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        #[allow(missing_docs)]
        impl $name {
            $(pub const $value: Self = Self($number);)*

            const WORDS: $crate::resources::texts::Words = &[$(($number, $word),)*];

            /// Whether all flags of the other set are in this one.
            pub fn contains(self, flags: Self) -> bool {
                self.0 & flags.0 == flags.0
            }
        }

        impl std::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::resources::texts::write_flags(Self::WORDS, self.0, f)
            }
        }

        $crate::resources::texts::texts!(
            @value $name, "uint32", concat!("string form of ", $form),
            |value, out| $crate::resources::texts::write_word(value, out)
        );
    )*};
}
pub(super) use {flags, texts};
