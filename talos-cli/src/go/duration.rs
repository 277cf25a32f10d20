//! Durations such as `1h30m`, `300ms`, `20m0s`.

use std::fmt;

/// A signed span of time in nanoseconds; about 292 years at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub i64);

const SECOND: i64 = 1_000_000_000;

const UNITS: &[(&str, i64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000), // U+00B5
    ("μs", 1_000), // U+03BC
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
];

impl Duration {
    /// A span of whole seconds.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * SECOND)
    }

    /// A span of whole minutes.
    pub const fn from_minutes(minutes: i64) -> Self {
        Self::from_seconds(minutes * 60)
    }

    /// A span of whole hours.
    pub const fn from_hours(hours: i64) -> Self {
        Self::from_minutes(hours * 60)
    }

    /// The span as an unsigned one; negative spans become zero.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_nanos(u64::try_from(self.0).unwrap_or(0))
    }

    /// Reads a duration: signed decimal numbers, each with a unit (`ns us µs ms s m h`), or a bare `0`.
    ///
    /// # Errors
    /// The text to show, for example `time: missing unit in duration "5"`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let invalid = || format!("time: invalid duration {}", quote(text));
        let (negative, mut rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if rest == "0" {
            return Ok(Self(0));
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        // Sums may reach 2^63, which only a negative span can hold.
        const LIMIT: u64 = 1 << 63;
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let whole = digits(rest);
            let mut value: u64 = 0;
            for digit in rest[..whole].bytes() {
                value =
                    value.checked_mul(10).and_then(|v| v.checked_add(u64::from(digit - b'0'))).ok_or_else(invalid)?;
                if value > LIMIT {
                    return Err(invalid());
                }
            }
            rest = &rest[whole..];

            let mut fraction = "";
            let mut pointed = false;
            if let Some(after) = rest.strip_prefix('.') {
                pointed = true;
                let length = digits(after);
                fraction = &after[..length];
                rest = &after[length..];
            }
            if whole == 0 && (!pointed || fraction.is_empty()) {
                return Err(invalid());
            }

            let length = rest.bytes().position(|b| b == b'.' || b.is_ascii_digit()).unwrap_or(rest.len());
            if length == 0 {
                return Err(format!("time: missing unit in duration {}", quote(text)));
            }
            let word = &rest[..length];
            let Some((_, unit)) = UNITS.iter().find(|(name, _)| *name == word) else {
                return Err(format!("time: unknown unit {} in duration {}", quote(word), quote(text)));
            };
            rest = &rest[length..];

            let unit = unit.unsigned_abs();
            let mut part = value.checked_mul(unit).filter(|v| *v <= LIMIT).ok_or_else(invalid)?;
            part += scaled_fraction(fraction, unit);
            total = total.checked_add(part).filter(|v| *v <= LIMIT).ok_or_else(invalid)?;
        }
        if negative {
            return Ok(Self(0i64.wrapping_sub_unsigned(total)));
        }
        i64::try_from(total).map(Self).map_err(|_| invalid())
    }
}

fn digits(text: &str) -> usize {
    text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len())
}

/// `0.FRACTION` of a unit in nanoseconds, rounded down. Digits past what 63 bits hold do not count.
fn scaled_fraction(fraction: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0u64, 1f64);
    for digit in fraction.bytes() {
        let Some(next) = value.checked_mul(10).and_then(|v| v.checked_add(u64::from(digit - b'0'))) else { break };
        if next > i64::MAX.unsigned_abs() {
            break;
        }
        value = next;
        scale *= 10.0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "below one unit"
    )]
    let scaled = (value as f64 * (unit as f64 / scale)) as u64;
    scaled
}

/// Bytes outside printable ASCII are written one by one, unlike in [`super::quote`].
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..0x80 => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

impl fmt::Display for Duration {
    /// Writes the form with hours, minutes and seconds (`1h0m0s`), or one unit below a second (`1.5ms`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.0.unsigned_abs();
        if total == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let second = SECOND.unsigned_abs();
        if total < second {
            let (unit, size) = match total {
                0..1_000 => ("ns", 1),
                1_000..1_000_000 => ("µs", 1_000),
                _ => ("ms", 1_000_000),
            };
            return write_decimal(f, total, size, unit);
        }
        let (minutes, rest) = (total / (60 * second), total % (60 * second));
        if minutes >= 60 {
            write!(f, "{}h", minutes / 60)?;
        }
        if minutes > 0 {
            write!(f, "{}m", minutes % 60)?;
        }
        write_decimal(f, rest, second, "s")
    }
}

/// `value / size` with as many decimals as it needs.
fn write_decimal(f: &mut fmt::Formatter<'_>, value: u64, size: u64, unit: &str) -> fmt::Result {
    write!(f, "{}", value / size)?;
    let rest = value % size;
    if rest > 0 {
        let width = size.ilog10() as usize;
        write!(f, ".{}", format!("{rest:0width$}").trim_end_matches('0'))?;
    }
    f.write_str(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        for (text, want) in [
            ("0", 0),
            ("+0", 0),
            ("300ms", 300_000_000),
            ("1.5h", 5_400 * SECOND),
            ("2h45m", 9_900 * SECOND),
            ("-1m30s", -90 * SECOND),
            (".5s", SECOND / 2),
            ("1.s", SECOND),
            ("1us2µs3μs4ns", 6_004),
            ("0.3333333333333333333h", 1_200 * SECOND),
            ("9223372036854775807ns", i64::MAX),
            ("-9223372036854775808ns", i64::MIN),
        ] {
            assert_eq!(Duration::parse(text), Ok(Duration(want)), "{text}");
        }
    }

    #[test]
    fn refuses_with_gos_texts() {
        for (text, want) in [
            ("", r#"time: invalid duration """#),
            ("-", r#"time: invalid duration "-""#),
            ("x", r#"time: invalid duration "x""#),
            (".", r#"time: invalid duration ".""#),
            (".s", r#"time: invalid duration ".s""#),
            ("5", r#"time: missing unit in duration "5""#),
            ("1m5", r#"time: missing unit in duration "1m5""#),
            ("5d", r#"time: unknown unit "d" in duration "5d""#),
            ("1 s", r#"time: unknown unit " s" in duration "1 s""#),
            ("1é", r#"time: unknown unit "\xc3\xa9" in duration "1\xc3\xa9""#),
            ("9223372036854775808ns", r#"time: invalid duration "9223372036854775808ns""#),
            ("3000000h", r#"time: invalid duration "3000000h""#),
        ] {
            assert_eq!(Duration::parse(text), Err(want.to_owned()), "{text}");
        }
    }

    #[test]
    fn writes_gos_form() {
        for (value, want) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (123_456_789, "123.456789ms"),
            (1_500_000_000, "1.5s"),
            (20 * 60 * SECOND, "20m0s"),
            (30 * 3_600 * SECOND, "30h0m0s"),
            (-61 * SECOND, "-1m1s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(Duration(value).to_string(), want);
        }
    }
}
