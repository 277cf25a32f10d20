//! Numbers in the many forms that a plain scalar may have.

use std::borrow::Cow;

use super::Scalar;

/// A text that begins with a digit or a sign: a whole number, a fraction, or neither. Underscores count for nothing.
pub(super) fn parse(text: &str) -> Scalar {
    let digits = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    let (negative, magnitude) = split_sign(&digits);
    let signed = magnitude.len() != digits.len();
    if let Some(number) = whole(magnitude) {
        if let Some(number) = with_sign(negative, number) {
            return Scalar::Int(number);
        }
        if !signed {
            return Scalar::Uint(number);
        }
    }
    if is_decimal(magnitude) {
        return finite(&digits).map_or(Scalar::Str, Scalar::Float);
    }
    inner_sign(&digits).map_or(Scalar::Str, Scalar::Int)
}

/// A text that begins with a dot; underscores may stand between digits only.
pub(super) fn fraction(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return if is_decimal(text) { finite(text) } else { None };
    }
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let between_digits = |at: usize| at > 0 && digit(at - 1) && digit(at + 1);
    if memchr::memchr_iter(b'_', bytes).all(between_digits) { fraction(&text.replace('_', "")) } else { None }
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn with_sign(negative: bool, magnitude: u64) -> Option<i64> {
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { magnitude.try_into().ok() }
}

/// Digits with their base: `0x`, `0o`, `0b`, a leading zero for octal, else decimal.
fn whole(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    match bytes {
        [] => None,
        [b'0', b'x' | b'X', digits @ ..] if !digits.is_empty() => in_base(digits, 16),
        [b'0', b'o' | b'O', digits @ ..] if !digits.is_empty() => in_base(digits, 8),
        [b'0', b'b' | b'B', digits @ ..] if !digits.is_empty() => in_base(digits, 2),
        [b'0', digits @ ..] => in_base(digits, 8),
        digits => in_base(digits, 10),
    }
}

fn in_base(digits: &[u8], base: u32) -> Option<u64> {
    let mut number = 0_u64;
    for &digit in digits {
        let value = char::from(digit).to_digit(base)?;
        number = number.checked_mul(u64::from(base))?.checked_add(u64::from(value))?;
    }
    Some(number)
}

/// The reference also takes a sign after a lower-case `0b` or `0o`: `0b-101` is minus five.
fn inner_sign(text: &str) -> Option<i64> {
    let (digits, base) = match text.as_bytes() {
        [b'0', b'b', digits @ ..] => (digits, 2),
        [b'0', b'o', digits @ ..] => (digits, 8),
        _ => return None,
    };
    match digits {
        [sign @ (b'-' | b'+'), digits @ ..] if !digits.is_empty() => with_sign(*sign == b'-', in_base(digits, base)?),
        _ => None,
    }
}

/// Digits with an optional fraction and exponent, without a sign: `1.`, `.5`, `1e3`.
fn is_decimal(text: &str) -> bool {
    let bytes = text.as_bytes();
    let run = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let before = run(0);
    let mut at = before;
    if bytes.get(at) == Some(&b'.') {
        let after = run(at + 1);
        if before == 0 && after == 0 {
            return false;
        }
        at += 1 + after;
    } else if before == 0 {
        return false;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        let exponent = run(at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == bytes.len()
}

/// A number too large for a float is a text.
fn finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_in_every_base() {
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("12", 12),
            ("+12", 12),
            ("0644", 420),
            ("0o644", 420),
            ("0O17", 15),
            ("0X1F", 31),
            ("+0x1F", 31),
            ("0x_1F", 31),
            ("1_", 1),
            ("+_1", 1),
            ("1__0", 10),
            ("0b11", 3),
            ("0b-101", -5),
            ("0o+17", 15),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(parse(text), Scalar::Int(number), "{text}");
        }
        assert_eq!(parse("18446744073709551615"), Scalar::Uint(u64::MAX));
        assert_eq!(parse("0xFFFFFFFFFFFFFFFF"), Scalar::Uint(u64::MAX));
    }

    #[test]
    fn what_does_not_fit_is_a_fraction_or_a_text() {
        assert_eq!(parse("08"), Scalar::Float(8.0));
        assert_eq!(parse("+9223372036854775808"), Scalar::Float(9_223_372_036_854_775_808.0));
        assert_eq!(parse("1e3"), Scalar::Float(1000.0));
        assert_eq!(parse("5."), Scalar::Float(5.0));
        for text in ["0x10000000000000000", "1e400", "-", "+", "0x", "1e", "1.2.3", "0b-", "0B-1", "-0b-1", "--1"] {
            assert_eq!(parse(text), Scalar::Str, "{text}");
        }
        assert_eq!(fraction(".1_0"), Some(0.1));
        assert_eq!(fraction(".5e1_0"), Some(0.5e10));
        for text in ["._1", ".5_", ".", ".e5", ".1__0", "..5"] {
            assert_eq!(fraction(text), None, "{text}");
        }
    }
}
