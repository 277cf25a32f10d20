use std::net::IpAddr;

use super::Value;
use crate::go::{Duration, csv, number, quote};

/// What a flag takes, and how its text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `--flag` or `--flag=false`; a following word is not its value.
    Switch,
    /// Any text; the last use wins.
    Text,
    /// One word of a list.
    Choice(&'static [&'static str]),
    /// A signed integer of 64 bits.
    Int,
    /// A signed integer of 32 bits.
    Int32,
    /// A signed integer of 64 bits, and said so in help.
    Int64,
    /// A floating point number.
    Float,
    /// A span of time such as `1h30m`.
    Duration,
    /// An IPv4 or IPv6 address.
    Address,
    /// Texts, split at commas as one CSV record; the first use replaces the default, later ones append.
    List,
    /// Texts that are never split; the first use replaces the default, later ones append.
    Repeated,
    /// Decimal integers, split at commas; the first use replaces the default, later ones append.
    Ints,
    /// Bytes in standard base64.
    Base64,
}

impl Kind {
    /// The value of the flag when its name stands alone, if that is allowed.
    pub fn value_without_text(self) -> Option<&'static str> {
        (self == Self::Switch).then_some("true")
    }

    /// True if each use adds to the uses before it.
    pub fn collects(self) -> bool {
        matches!(self, Self::List | Self::Repeated | Self::Ints)
    }

    /// The word shown after the flag's name in help; empty for switches.
    pub fn word(self) -> &'static str {
        match self {
            Self::Switch => "",
            Self::Text | Self::Choice(_) => "string",
            Self::Int => "int",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Float => "float",
            Self::Duration => "duration",
            Self::Address => "ip",
            Self::List => "strings",
            Self::Repeated => "stringArray",
            Self::Ints => "ints",
            Self::Base64 => "bytesBase64",
        }
    }

    /// Reads one use of the flag; `before` is what earlier uses gave, for kinds that collect.
    ///
    /// # Errors
    /// The reason to show after `invalid argument "v" for "--f" flag: `.
    pub fn read(self, text: &str, before: Option<Value>) -> Result<Value, String> {
        Ok(match self {
            Self::Switch => Value::Switch(number::parse_bool(text)?),
            Self::Text => Value::Text(text.to_owned()),
            Self::Choice(words) => {
                let word = words.iter().find(|word| **word == text);
                let word = word.ok_or_else(|| format!("possible options are: {}", words.join(", ")))?;
                Value::Text((*word).to_owned())
            }
            Self::Int | Self::Int64 => Value::Int(number::parse_int(text, 64)?),
            Self::Int32 => Value::Int(number::parse_int(text, 32)?),
            Self::Float => Value::Float(number::parse_float(text)?),
            Self::Duration => Value::Duration(Duration::parse(text)?),
            Self::Address => Value::Address(read_address(text)?),
            Self::List => append(before, csv::split(text)?),
            Self::Repeated => append(before, vec![text.to_owned()]),
            Self::Ints => {
                let mut all = if let Some(Value::Ints(before)) = before { before } else { Vec::new() };
                for part in text.split(',') {
                    all.push(number::parse_decimal(part)?);
                }
                Value::Ints(all)
            }
            Self::Base64 => Value::Bytes(read_base64(text.trim())?),
        })
    }
}

fn append(before: Option<Value>, mut more: Vec<String>) -> Value {
    match before {
        Some(Value::List(mut all)) => {
            all.append(&mut more);
            Value::List(all)
        }
        _ => Value::List(more),
    }
}

fn read_address(text: &str) -> Result<IpAddr, String> {
    // Scoped addresses (`fe80::1%eth0`) are refused: they mean something on one machine only.
    text.trim().parse().map_err(|_| format!("failed to parse IP: {}", quote(text)))
}

fn read_base64(text: &str) -> Result<Vec<u8>, String> {
    let illegal = |at: usize| format!("illegal base64 data at input byte {at}");
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut padding) = (0u32, 0, 0);
    let mut last = 0;
    for (at, byte) in text.bytes().enumerate() {
        last = at + 1;
        if matches!(byte, b'\r' | b'\n') {
            continue;
        }
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if count >= 2 && padding + count < 4 => {
                padding += 1;
                continue;
            }
            _ => return Err(illegal(at)),
        };
        if padding > 0 {
            return Err(illegal(at));
        }
        bits = bits << 6 | u32::from(sextet);
        count += 1;
        if count == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    match (count, padding) {
        (0, 0) => {}
        (2, 2) => out.push((bits >> 4) as u8),
        (3, 1) => out.extend_from_slice(&((bits >> 2) as u16).to_be_bytes()),
        _ => return Err(illegal(last)),
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| (*item).to_owned()).collect())
    }

    #[test]
    fn lists_append_and_repeated_texts_are_not_split() {
        let first = Kind::List.read("a,\"b,c\"", None).unwrap();
        assert_eq!(first, list(&["a", "b,c"]));
        assert_eq!(Kind::List.read("d", Some(first)), Ok(list(&["a", "b,c", "d"])));
        assert_eq!(Kind::List.read("", None), Ok(list(&[])));
        assert_eq!(Kind::Repeated.read("a,b", None), Ok(list(&["a,b"])));
        assert_eq!(Kind::Ints.read("3", Some(Value::Ints(vec![1, 2]))), Ok(Value::Ints(vec![1, 2, 3])));
        assert!(Kind::Ints.read("1,", None).is_err());
    }

    #[test]
    fn reasons_are_the_known_texts() {
        assert_eq!(Kind::Choice(&["all", "some"]).read("none", None), Err("possible options are: all, some".into()));
        assert_eq!(Kind::Address.read(" 10.5.0.2 ", None), Ok(Value::Address([10, 5, 0, 2].into())));
        assert_eq!(Kind::Address.read("x", None), Err("failed to parse IP: \"x\"".into()));
        assert!(Kind::Int32.read("2147483648", None).is_err());
    }

    #[test]
    fn base64_is_strict() {
        for (text, want) in [("", &b""[..]), ("YQ==", b"a"), ("YWI=", b"ab"), (" YWJj\n", b"abc"), ("YW\nJj", b"abc")] {
            assert_eq!(Kind::Base64.read(text, None), Ok(Value::Bytes(want.to_vec())), "{text}");
        }
        for text in ["Y", "YQ", "YQ=", "YQ===", "Y===", "YQ==YQ==", "Y-=="] {
            assert!(Kind::Base64.read(text, None).is_err_and(|e| e.starts_with("illegal base64 data")), "{text}");
        }
    }
}
