//! Which texts another reader would take for null, a boolean, a number or a time when they stand without quotes.

/// What a plain text is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Text,
    Null,
    Boolean,
    Integer,
    Float,
    Time,
    /// Text, but a boolean or a base-60 number for readers of YAML 1.1.
    Old,
}

/// Whether plain `text` would read as something other than a string, under the rules of YAML 1.1 or 1.2.
///
/// That covers the words for null and for booleans in the three usual spellings (`y`, `no`, `off` and the like
/// included), integers of all bases with underscores, floats, times, and base-60 numbers such as `1:30`.
#[inline]
pub(crate) fn reads_as_other(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') if text.len() > 5 => false,
        None
        | Some(
            b'y'
            | b'Y'
            | b'n'
            | b'N'
            | b't'
            | b'T'
            | b'f'
            | b'F'
            | b'o'
            | b'O'
            | b'~'
            | b'0'..=b'9'
            | b'+'
            | b'-'
            | b'.',
        ) => reading(text) != Reading::Text,
        Some(_) => false,
    }
}

/// What plain `text` is taken for.
pub(crate) fn reading(text: &str) -> Reading {
    let bytes = text.as_bytes();
    match bytes {
        b"" | b"~" | b"null" | b"Null" | b"NULL" => Reading::Null,
        b"true" | b"True" | b"TRUE" | b"false" | b"False" | b"FALSE" => Reading::Boolean,
        b"y" | b"Y" | b"yes" | b"Yes" | b"YES" | b"n" | b"N" | b"no" | b"No" | b"NO" | b"on" | b"On" | b"ON"
        | b"off" | b"Off" | b"OFF" => Reading::Old,
        [b'0'..=b'9', ..] if is_time(bytes) => Reading::Time,
        [b'0'..=b'9' | b'+' | b'-', ..] => number_reading(text),
        [b'.', ..] if is_infinity(bytes) || matches!(bytes, b".nan" | b".NaN" | b".NAN") || is_point_float(text) => {
            Reading::Float
        }
        _ => Reading::Text,
    }
}

/// For texts that start with a sign or digit; underscores do not count.
fn number_reading(text: &str) -> Reading {
    let bytes = text.as_bytes();
    let joined;
    let bare = if bytes.contains(&b'_') {
        joined = text.replace('_', "");
        &joined
    } else {
        text
    };
    if is_integer(bare) {
        Reading::Integer
    } else if is_float_shape(bare.as_bytes()) && in_range(bare) || is_infinity(&bytes[1..]) {
        Reading::Float
    } else if is_base_60(bytes) {
        Reading::Old
    } else {
        Reading::Text
    }
}

fn is_infinity(bytes: &[u8]) -> bool {
    matches!(bytes, b".inf" | b".Inf" | b".INF")
}

/// Integers of up to 64 bits in the bases 2, 8, 10 and 16.
fn is_integer(text: &str) -> bool {
    let (sign, digits) = match text.as_bytes()[0] {
        b'-' => (Some(true), &text[1..]),
        b'+' => (Some(false), &text[1..]),
        _ => (None, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.as_bytes().first().is_none_or(|b| !b.is_ascii_alphanumeric()) {
        // A second sign passes after a lower-case binary or octal prefix.
        return sign.is_none() && is_signed_after_prefix(text);
    }
    let Ok(value) = u64::from_str_radix(digits, radix) else { return false };
    match sign {
        None => true,
        Some(false) => value <= i64::MAX as u64,
        Some(true) => value <= i64::MIN.unsigned_abs(),
    }
}

fn is_signed_after_prefix(text: &str) -> bool {
    let radix = match text.as_bytes() {
        [b'0', b'b', ..] => 2,
        [b'0', b'o', ..] => 8,
        _ => return false,
    };
    matches!(text.as_bytes().get(3), Some(b'0'..=b'9')) && i64::from_str_radix(&text[2..], radix).is_ok()
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float_shape(bytes: &[u8]) -> bool {
    let mut rest = match bytes {
        [b'-' | b'+', rest @ ..] => rest,
        _ => bytes,
    };
    let whole = digits(&mut rest);
    if let [b'.', after @ ..] = rest {
        rest = after;
        if digits(&mut rest) + whole == 0 {
            return false;
        }
    } else if whole == 0 {
        return false;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        rest = match after {
            [b'-' | b'+', after @ ..] => after,
            _ => after,
        };
        if digits(&mut rest) == 0 {
            return false;
        }
    }
    rest.is_empty()
}

/// Takes the digits at the start and counts them.
fn digits(rest: &mut &[u8]) -> usize {
    let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    *rest = &rest[count..];
    count
}

/// A float beyond the range of 64 bits is a string.
fn in_range(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Floats that start with a point; here an underscore has to stand between digits.
fn is_point_float(text: &str) -> bool {
    let bytes = text.as_bytes();
    let between = |at: usize| bytes[at - 1].is_ascii_digit() && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    if !memchr::memchr_iter(b'_', bytes).all(between) {
        return false;
    }
    let bare: String = text.chars().filter(|&c| c != '_').collect();
    is_float_shape(bare.as_bytes()) && in_range(&bare)
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_base_60(bytes: &[u8]) -> bool {
    let unsigned = match bytes {
        [b'-' | b'+', rest @ ..] => rest,
        _ => bytes,
    };
    if !unsigned.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let whole = unsigned.iter().take_while(|b| b.is_ascii_digit() || **b == b'_').count();
    let mut rest = &unsigned[whole..];
    let mut parts = 0;
    while let [b':', after @ ..] = rest {
        let first = after.first().copied().unwrap_or_default();
        rest = after;
        match digits(&mut rest) {
            1 => {}
            2 if first <= b'5' => {}
            _ => return false,
        }
        parts += 1;
    }
    let fraction = match rest {
        [b'.', rest @ ..] => rest.iter().all(|b| b.is_ascii_digit() || *b == b'_'),
        _ => rest.is_empty(),
    };
    parts > 0 && fraction
}

/// Dates, and times in the three forms with a `T`, a `t` or one blank.
fn is_time(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let (Some(year), true) = (number(&mut rest, 4, 4), take(&mut rest, b'-')) else { return false };
    let (Some(month), true) = (number(&mut rest, 1, 2), take(&mut rest, b'-')) else { return false };
    let Some(day) = number(&mut rest, 1, 2) else { return false };
    if !(1..=12).contains(&month) || day < 1 || day > days(year, month) {
        return false;
    }
    let Some((&separator, after)) = rest.split_first() else { return true };
    rest = after;
    let zone = match separator {
        b'T' | b't' => true,
        b' ' => false,
        _ => return false,
    };
    clock(&mut rest) && if zone { offset(rest) } else { rest.is_empty() }
}

/// Hours, minutes and seconds with an optional fraction.
fn clock(rest: &mut &[u8]) -> bool {
    let limits = [24, 60, 60];
    for (at, limit) in limits.into_iter().enumerate() {
        if at > 0 && !take(rest, b':') {
            return false;
        }
        match number(rest, 1, 2) {
            Some(value) if value < limit => {}
            _ => return false,
        }
    }
    if let [b'.' | b',', b'0'..=b'9', ..] = *rest {
        *rest = &rest[1..];
        digits(rest);
    }
    true
}

/// `Z` or an offset from it.
fn offset(rest: &[u8]) -> bool {
    match *rest {
        [b'Z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            let two = |a: u8, b: u8| (a.is_ascii_digit() && b.is_ascii_digit()).then(|| (a - b'0') * 10 + b - b'0');
            two(h1, h2).is_some_and(|hours| hours <= 24) && two(m1, m2).is_some_and(|minutes| minutes <= 60)
        }
        _ => false,
    }
}

fn take(rest: &mut &[u8], byte: u8) -> bool {
    let found = rest.first() == Some(&byte);
    if found {
        *rest = &rest[1..];
    }
    found
}

/// A number of `least` to `most` digits; a digit beyond `most` stays for whatever follows.
fn number(rest: &mut &[u8], least: usize, most: usize) -> Option<u32> {
    let count = rest.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
    if count < least {
        return None;
    }
    let value = rest[..count].iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    *rest = &rest[count..];
    Some(value)
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::reads_as_other;

    #[test]
    fn words_numbers_and_times_are_recognized() {
        for text in [
            "",
            "~",
            "null",
            "NULL",
            "true",
            "False",
            "y",
            "No",
            "OFF",
            "on",
            "0",
            "-1",
            "+1",
            "0x1F",
            "0X1F",
            "0o17",
            "0b11",
            "010",
            "08",
            "1_000",
            "1_",
            "+_1",
            "0x_1F",
            "1.5",
            ".5",
            "5.",
            "1e3",
            "-.inf",
            "+.INF",
            ".nan",
            "2001-01-01",
            "2001-1-1",
            "2001-12-14T21:59:43.10Z",
            "2001-12-14t21:59:43-05:00",
            "2001-12-14 21:59:43.1",
            "1:30",
            "12:30:45",
            "190:20:30.15",
            "18446744073709551615",
            "99999999999999999999",
            ".1_0",
            "0b-1",
        ] {
            assert!(reads_as_other(text), "{text:?}");
        }
    }

    #[test]
    fn near_misses_are_strings() {
        for text in [
            "nan",
            "+.nan",
            "-.nan",
            "Infinity",
            "tRuE",
            "nULL",
            "yEs",
            "0xZZ",
            "0o8",
            "1,000",
            "1e",
            "1e400",
            "0x1FFFFFFFFFFFFFFFF",
            "._1",
            ".5_",
            "--1",
            "1-",
            "2001-13-01",
            "2001-02-30",
            "2001-01-01T01:02:03",
            "1:60",
            "1:",
            "<<",
            "=",
            "_1",
            ".",
            "-",
            "+",
            "1.2.3.4",
            "fe80::1",
            "5m",
            "v1",
        ] {
            assert!(!reads_as_other(text), "{text:?}");
        }
    }
}
