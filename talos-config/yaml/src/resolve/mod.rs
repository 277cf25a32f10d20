//! What a scalar stands for: null, a flag, a number, a time or a text.
//!
//! The first byte rules out most texts. An explicit tag decides alone, or has to agree with what the text looks like.

use std::fmt;

use crate::tree::Style;

mod base64;
mod number;
mod timestamp;

pub use timestamp::Timestamp;

/// Which set of rules a text is read by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// The rules that configuration is loaded by: `yes` is a text, duplicate keys are refused.
    #[default]
    V3,
    /// The older rules that JSON patches read their base by: `yes` is true, times are texts, the last duplicate wins.
    V2,
}

/// What a scalar stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// A flag.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above [`i64::MAX`].
    Uint(u64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// The text itself.
    Str,
    /// The bytes behind `!!binary`.
    Binary(Vec<u8>),
    /// A date, or a date with a time of day.
    Time(Timestamp),
    /// The key `<<`, which takes in another mapping; as a value it is a text.
    Merge,
}

impl Scalar {
    /// The short tag of the kind: `!!null`, `!!bool`, …
    pub fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Str => "!!str",
            Self::Binary(_) => "!!binary",
            Self::Time(_) => "!!timestamp",
            Self::Merge => "!!merge",
        }
    }
}

/// An explicit tag that does not fit the text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolveError {
    /// The text is of another kind than its tag says.
    Mismatch {
        /// The short tag that the text looks like.
        found: &'static str,
        /// The text.
        text: String,
        /// The short tag that was asked for.
        wanted: &'static str,
    },
    /// A `!!binary` that is not base64.
    Base64,
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mismatch { found, text, wanted } => write!(f, "cannot decode {found} `{text}` as a {wanted}"),
            Self::Base64 => f.write_str("!!binary value contains invalid base64 data"),
        }
    }
}

impl std::error::Error for ResolveError {}

/// Finds out what a scalar stands for. `explicit_tag` is in short form (`!!int`, `!local`), without the lone `!`.
///
/// # Errors
/// When the text is not of the kind that its tag names.
pub fn resolve(dialect: Dialect, explicit_tag: Option<&str>, style: Style, text: &str) -> Result<Scalar, ResolveError> {
    match explicit_tag {
        None if style == Style::Plain => Ok(plain(dialect, text)),
        None => Ok(Scalar::Str),
        Some(tag) => tagged(dialect, tag, text),
    }
}

/// What a plain scalar without a tag stands for.
pub fn plain(dialect: Dialect, text: &str) -> Scalar {
    let Some(&first) = text.as_bytes().first() else { return Scalar::Null };
    match HINTS[usize::from(first)] {
        Hint::Text => Scalar::Str,
        Hint::Merge if text == "<<" => Scalar::Merge,
        Hint::Merge => Scalar::Str,
        Hint::Word => word(dialect, text),
        Hint::Dot => dot(text),
        Hint::Number => timestamp::parse(text).map_or_else(|| number(text), Scalar::Time),
    }
}

/// True when the plain text stands for nothing. Cheaper than resolving it.
pub(crate) fn is_null(text: &str) -> bool {
    match text.len() {
        0 => true,
        1 => text == "~",
        4 => matches!(text, "null" | "Null" | "NULL"),
        _ => false,
    }
}

fn tagged(dialect: Dialect, tag: &str, text: &str) -> Result<Scalar, ResolveError> {
    let wanted = match tag {
        "!!binary" => return base64::decode(text).map(Scalar::Binary).ok_or(ResolveError::Base64),
        "!!merge" if text == "<<" => return Ok(Scalar::Merge),
        "!!null" => "!!null",
        "!!bool" => "!!bool",
        "!!int" => "!!int",
        "!!float" => "!!float",
        "!!timestamp" => "!!timestamp",
        // Also a tag that makes no sense for a scalar, such as `!!seq`.
        _ => return Ok(Scalar::Str),
    };
    let found = match HINTS.get(text.bytes().next().map_or(usize::MAX, usize::from)) {
        None => Scalar::Null,
        Some(Hint::Text | Hint::Merge) => Scalar::Str,
        Some(Hint::Word) => word(dialect, text),
        Some(Hint::Dot) => dot(text),
        Some(Hint::Number) if wanted == "!!timestamp" => {
            timestamp::parse(text).map_or_else(|| number(text), Scalar::Time)
        }
        Some(Hint::Number) => number(text),
    };
    match found {
        Scalar::Int(number) if wanted == "!!float" => Ok(Scalar::Float(number as f64)),
        found if found.tag() == wanted => Ok(found),
        found => Err(ResolveError::Mismatch { found: found.tag(), text: text.to_owned(), wanted }),
    }
}

fn word(dialect: Dialect, text: &str) -> Scalar {
    match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" if dialect == Dialect::V2 => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" if dialect == Dialect::V2 => Scalar::Bool(false),
        _ => Scalar::Str,
    }
}

fn dot(text: &str) -> Scalar {
    match text {
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" => Scalar::Float(f64::INFINITY),
        _ => number::fraction(text).map_or(Scalar::Str, Scalar::Float),
    }
}

fn number(text: &str) -> Scalar {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => number::parse(text),
    }
}

/// What a text may be, judged by its first byte.
#[derive(Clone, Copy)]
enum Hint {
    Text,
    Word,
    Number,
    Dot,
    Merge,
}

static HINTS: [Hint; 256] = hints();

const fn hints() -> [Hint; 256] {
    let mut hints = [Hint::Text; 256];
    let mut byte = 0;
    while byte < 256 {
        hints[byte] = match byte as u8 {
            b'0'..=b'9' | b'+' | b'-' => Hint::Number,
            b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => Hint::Word,
            b'.' => Hint::Dot,
            b'<' => Hint::Merge,
            _ => Hint::Text,
        };
        byte += 1;
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> &'static str {
        plain(Dialect::V3, text).tag()
    }

    #[test]
    fn the_first_byte_decides_little_but_rules_out_much() {
        assert_eq!(tag("<<"), "!!merge");
        assert_eq!(tag("<<a"), "!!str");
        assert_eq!(tag("yes"), "!!str");
        assert_eq!(plain(Dialect::V2, "yes"), Scalar::Bool(true));
        assert_eq!(plain(Dialect::V2, "tRuE"), Scalar::Str);
        assert_eq!(tag("10.244.0.0/16"), "!!str");
        assert_eq!(plain(Dialect::V3, "010"), Scalar::Int(8));
        assert_eq!(plain(Dialect::V3, "-.inf"), Scalar::Float(f64::NEG_INFINITY));
    }

    #[test]
    fn a_tag_has_to_fit() {
        let resolve = |tag, text| resolve(Dialect::V3, Some(tag), Style::Double, text);
        assert_eq!(resolve("!!int", "3"), Ok(Scalar::Int(3)));
        assert_eq!(resolve("!!float", "3"), Ok(Scalar::Float(3.0)));
        assert_eq!(resolve("!!seq", "3"), Ok(Scalar::Str));
        assert_eq!(resolve("!!binary", "aGk="), Ok(Scalar::Binary(b"hi".to_vec())));
        assert_eq!(resolve("!!int", "x").unwrap_err().to_string(), "cannot decode !!str `x` as a !!int");
    }
}
