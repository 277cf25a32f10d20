//! Percent escapes: what may stand bare differs between the parts of a URL.

use std::borrow::Cow;

use super::parse::Problem;

/// A part of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// User name or password.
    User,
    /// Host and port.
    Host,
    /// Zone of an IPv6 address.
    Zone,
    /// Path.
    Path,
    /// Key or value in the query; a blank is a plus sign.
    QueryItem,
    /// Fragment.
    Fragment,
}

impl Part {
    /// True for a byte that needs no escape. Beyond ASCII all do.
    fn allows(self, byte: u8) -> bool {
        let signs: &[u8] = match self {
            Self::User => b"$&+,;=",
            Self::Host | Self::Zone => b"!$&'()*+,;=:[]<>\"",
            Self::Path => b"$&+,/:;=@",
            Self::QueryItem => b"",
            Self::Fragment => b"!$&()*+,/:;=?@",
        };
        byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || signs.contains(&byte)
    }
}

/// Escapes what cannot stand bare.
pub(super) fn escape(bytes: &[u8], part: Part) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && bytes.iter().all(|byte| part.allows(*byte))
    {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    for &byte in bytes {
        match byte {
            b' ' if part == Part::QueryItem => text.push('+'),
            byte if part.allows(byte) => text.push(char::from(byte)),
            byte => {
                text.push('%');
                text.push(char::from(HEX[usize::from(byte >> 4)]));
                text.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
    Cow::Owned(text)
}

/// Replaces escapes by their bytes.
pub(super) fn unescape(text: &str, part: Part) -> Result<Vec<u8>, Problem> {
    let bytes = text.as_bytes();
    let host = matches!(part, Part::Host | Part::Zone);
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'%' => {
                let shown =
                    || Problem::Escape(bytes[bytes.len() - after.len() - 1..].iter().take(3).copied().collect());
                let [high, low, after @ ..] = after else { return Err(shown()) };
                let (Some(high), Some(low)) = (hex_value(*high), hex_value(*low)) else { return Err(shown()) };
                let value = high << 4 | low;
                let allowed = match part {
                    // A host's ASCII stands bare; a percent sign leads to a zone.
                    Part::Host => value >= 0x80 || value == b'%',
                    Part::Zone => value == b'%' || value == b' ' || Part::Host.allows(value),
                    _ => true,
                };
                if !allowed {
                    return Err(shown());
                }
                plain.push(value);
                rest = after;
            }
            b'+' if part == Part::QueryItem => plain.push(b' '),
            byte if host && byte.is_ascii() && !part.allows(*byte) => return Err(Problem::HostCharacter(*byte)),
            byte => plain.push(*byte),
        }
    }
    Ok(plain)
}

/// True when a text with escapes has nothing bare that it must not have, and stands for the bytes.
pub(super) fn says(escaped: &str, bytes: &[u8], part: Part) -> bool {
    let tolerated = |byte: u8| b"!$&'()*+,;=:@[]%".contains(&byte);
    !escaped.is_empty()
        && escaped.bytes().all(|byte| tolerated(byte) || part.allows(byte))
        && unescape(escaped, part).is_ok_and(|plain| plain == bytes)
}

fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";
