//! Free-form data: what a text says where no schema says what it should be.

use crate::resolve::Timestamp;

/// A value without a schema. Whole numbers, fractions, times and texts stay distinct.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing: `null`, `~` or an empty place.
    #[default]
    Null,
    /// A flag.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above [`i64::MAX`].
    Uint(u64),
    /// A number with a fraction or an exponent; also infinities and NaN.
    Float(f64),
    /// A text.
    String(String),
    /// A point in time. Equality looks at the source text too.
    Time {
        /// The time as it was written.
        text: String,
        /// The time that it stands for.
        time: Timestamp,
    },
    /// A `!!binary` whose bytes are not UTF-8.
    Bytes(Vec<u8>),
    /// A list.
    Sequence(Vec<Value>),
    /// A mapping, in the order of the text, each key once.
    Mapping(Vec<(Value, Value)>),
}

impl Value {
    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_sequence(&self) -> Option<&[Value]> {
        match self {
            Self::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if this is a mapping.
    pub fn as_mapping(&self) -> Option<&[(Value, Value)]> {
        match self {
            Self::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key that is a text.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_mapping()?.iter().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value)
    }
}
