//! Numbers and booleans of the command line: base prefixes, digit separators, and the error texts of both.

use super::quote;

/// Reads an integer of `bits` bits with a sign and an optional base prefix (`0x 0o 0b`, leading `0` is octal; `_` may
/// separate digits when there is a prefix).
///
/// # Errors
/// The text to show, for example `strconv.ParseInt: parsing "abc": invalid syntax`.
pub fn parse_int(text: &str, bits: u32) -> Result<i64, String> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = match magnitude(digits) {
        Ok(magnitude) => magnitude,
        Err(problem) => return Err(failure("ParseInt", text, problem)),
    };
    let limit = 1u64 << (bits - 1);
    if magnitude > limit || (magnitude == limit && !negative) {
        return Err(failure("ParseInt", text, Problem::Range));
    }
    Ok(if negative { 0i64.wrapping_sub_unsigned(magnitude) } else { magnitude.cast_signed() })
}

/// Reads an unsigned integer of `bits` bits, with the prefixes of [`parse_int`] and no sign.
///
/// # Errors
/// The text to show, for example `strconv.ParseUint: parsing "300": value out of range`.
pub fn parse_uint(text: &str, bits: u32) -> Result<u64, String> {
    let value = magnitude(text).map_err(|problem| failure("ParseUint", text, problem))?;
    if bits < 64 && value >> bits != 0 {
        return Err(failure("ParseUint", text, Problem::Range));
    }
    Ok(value)
}

/// Reads a decimal integer without prefixes or separators, as elements of integer lists are written.
///
/// # Errors
/// The text to show, for example `strconv.Atoi: parsing "x": invalid syntax`.
pub fn parse_decimal(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(failure("Atoi", text, Problem::Syntax));
    }
    text.parse().map_err(|_| failure("Atoi", text, Problem::Range))
}

/// Reads a boolean word: `1 t T true TRUE True` and `0 f F false FALSE False`.
///
/// # Errors
/// The text to show, for example `strconv.ParseBool: parsing "x": invalid syntax`.
pub fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(failure("ParseBool", text, Problem::Syntax)),
    }
}

/// Reads a decimal floating point number.
///
/// # Errors
/// The text to show, for example `strconv.ParseFloat: parsing "x": invalid syntax`.
pub fn parse_float(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| failure("ParseFloat", text, Problem::Syntax))?;
    if value.is_infinite() && !text.to_ascii_lowercase().contains("inf") {
        return Err(failure("ParseFloat", text, Problem::Range));
    }
    Ok(value)
}

#[derive(Clone, Copy)]
enum Problem {
    Syntax,
    Range,
}

fn failure(function: &str, text: &str, problem: Problem) -> String {
    let reason = match problem {
        Problem::Syntax => "invalid syntax",
        Problem::Range => "value out of range",
    };
    format!("strconv.{function}: parsing {}: {reason}", quote(text))
}

/// Reads digits with an optional base prefix into 64 bits.
fn magnitude(text: &str) -> Result<u64, Problem> {
    let bytes = text.as_bytes();
    let (base, mut start) = match bytes {
        [] => return Err(Problem::Syntax),
        [b'0', b'x' | b'X', _, ..] => (16, 2),
        [b'0', b'o' | b'O', _, ..] => (8, 2),
        [b'0', b'b' | b'B', _, ..] => (2, 2),
        [b'0', ..] => (8, 1),
        _ => (10, 0),
    };
    if bytes == b"0" {
        return Ok(0);
    }
    let prefixed = start > 0;
    let (mut value, mut overflow) = (0u64, false);
    // A separator stands between digits, or between the prefix and a digit.
    let mut after_digit = prefixed;
    while start < bytes.len() {
        let byte = bytes[start];
        start += 1;
        if byte == b'_' {
            if !prefixed || !after_digit || start == bytes.len() {
                return Err(Problem::Syntax);
            }
            after_digit = false;
            continue;
        }
        let digit = char::from(byte).to_digit(base).ok_or(Problem::Syntax)?;
        after_digit = true;
        match value.checked_mul(u64::from(base)).and_then(|v| v.checked_add(u64::from(digit))) {
            Some(next) => value = next,
            None => overflow = true,
        }
    }
    if overflow { Err(Problem::Range) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_take_prefixes_and_separators() {
        for (text, want) in [
            ("0", 0),
            ("-12", -12),
            ("+7", 7),
            ("0x0a", 10),
            ("0O17", 15),
            ("0b101", 5),
            ("012", 10),
            ("0x_1_0", 16),
            ("0_7", 7),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(parse_int(text, 64), Ok(want), "{text}");
        }
        for text in ["", "-", "x", "1_000", "0x", "0x1__0", "0x1_", "08", "1.0", " 1", "0b2", "--1"] {
            assert_eq!(parse_int(text, 64), Err(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax")));
        }
    }

    #[test]
    fn ranges_follow_the_width() {
        assert_eq!(parse_int("2147483647", 32), Ok(2_147_483_647));
        assert!(parse_int("2147483648", 32).is_err_and(|e| e.ends_with("value out of range")));
        assert_eq!(parse_int("-2147483648", 32), Ok(-2_147_483_648));
        assert!(parse_int("99999999999999999999", 64).is_err_and(|e| e.ends_with("value out of range")));
        assert!(parse_int("99999999999999999999x", 64).is_err_and(|e| e.ends_with("invalid syntax")));
        assert_eq!(parse_uint("255", 8), Ok(255));
        assert_eq!(parse_uint("300", 8), Err("strconv.ParseUint: parsing \"300\": value out of range".into()));
        assert_eq!(parse_uint("-1", 8), Err("strconv.ParseUint: parsing \"-1\": invalid syntax".into()));
    }

    #[test]
    fn other_values() {
        assert_eq!(parse_bool("True"), Ok(true));
        assert_eq!(parse_bool("yes"), Err("strconv.ParseBool: parsing \"yes\": invalid syntax".into()));
        assert_eq!(parse_float("1e3"), Ok(1000.0));
        assert!(parse_float("1e999").is_err_and(|e| e.ends_with("value out of range")));
        assert!(parse_float("Infinity").is_ok());
        assert_eq!(parse_decimal("-5"), Ok(-5));
        assert_eq!(parse_decimal("0x5"), Err("strconv.Atoi: parsing \"0x5\": invalid syntax".into()));
    }
}
