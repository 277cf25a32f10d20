//! Lengths of time, written like `1h30m` or `1.5s`.

use std::fmt;
use std::str::FromStr;

use talos_config_yaml::decode::Decoder;
use talos_config_yaml::fields::{Described, Node, Shape, SpecialShape};
use talos_config_yaml::resolve::Scalar;
use talos_config_yaml::scalar_node;
use talos_config_yaml::sink::Sink;
use talos_config_yaml::tree::{Kind, NodeId};

/// A length of time in whole nanoseconds, up to about 292 years in either direction.
///
/// ```
/// use talos_config::value::duration::Duration;
///
/// let wait: Duration = "90s".parse().unwrap();
/// assert_eq!(wait.to_string(), "1m30s");
/// assert_eq!(std::time::Duration::try_from(wait).unwrap().as_secs(), 90);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    nanoseconds: i64,
}

/// Text that is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// There is no number where one must stand, or the duration is too long.
    #[error("time: invalid duration {}", quote(.text))]
    Invalid {
        /// The whole text.
        text: String,
    },
    /// A number stands without its unit.
    #[error("time: missing unit in duration {}", quote(.text))]
    MissingUnit {
        /// The whole text.
        text: String,
    },
    /// No such unit; there are `ns`, `us`, `ms`, `s`, `m` and `h`.
    #[error("time: unknown unit {} in duration {}", quote(.unit), quote(.text))]
    UnknownUnit {
        /// The unit.
        unit: String,
        /// The whole text.
        text: String,
    },
}

/// A duration that does not fit into the other type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the duration is out of range")]
pub struct OutOfRange;

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self { nanoseconds: 0 };

    /// A number of nanoseconds.
    pub const fn from_nanos(nanoseconds: i64) -> Self {
        Self { nanoseconds }
    }

    /// A number of seconds.
    pub const fn from_secs(seconds: u32) -> Self {
        Self { nanoseconds: seconds as i64 * SECOND as i64 }
    }

    /// The number of nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.nanoseconds
    }

    /// True for a duration of zero.
    pub const fn is_zero(self) -> bool {
        self.nanoseconds == 0
    }
}

impl TryFrom<std::time::Duration> for Duration {
    type Error = OutOfRange;

    fn try_from(duration: std::time::Duration) -> Result<Self, OutOfRange> {
        i64::try_from(duration.as_nanos()).map(Self::from_nanos).map_err(|_| OutOfRange)
    }
}

/// Refuses a negative duration.
impl TryFrom<Duration> for std::time::Duration {
    type Error = OutOfRange;

    fn try_from(duration: Duration) -> Result<Self, OutOfRange> {
        u64::try_from(duration.nanoseconds).map(Self::from_nanos).map_err(|_| OutOfRange)
    }
}

impl FromStr for Duration {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let invalid = || ParseError::Invalid { text: text.to_owned() };
        let (negative, mut rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if rest == "0" {
            return Ok(Self::ZERO);
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut sum = 0_u64;
        while !rest.is_empty() {
            let number = Number::read(&mut rest).ok_or_else(invalid)?;
            let end = rest.find(|letter: char| letter == '.' || letter.is_ascii_digit()).unwrap_or(rest.len());
            let (unit, after) = rest.split_at(end);
            rest = after;
            if unit.is_empty() {
                return Err(ParseError::MissingUnit { text: text.to_owned() });
            }
            let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
                return Err(ParseError::UnknownUnit { unit: unit.to_owned(), text: text.to_owned() });
            };
            let part = number.times(*scale).ok_or_else(invalid)?;
            sum = sum.checked_add(part).filter(|sum| *sum <= LIMIT).ok_or_else(invalid)?;
        }
        match (negative, i64::try_from(sum)) {
            (false, Ok(nanoseconds)) => Ok(Self { nanoseconds }),
            (true, _) => Ok(Self { nanoseconds: (sum as i64).wrapping_neg() }),
            (false, Err(_)) => Err(invalid()),
        }
    }
}

/// A decimal number in front of a unit: `whole + fraction / scale`.
struct Number {
    whole: u64,
    fraction: u64,
    scale: f64,
}

impl Number {
    /// Reads digits with an optional point; at least one digit must stand there.
    fn read(rest: &mut &str) -> Option<Self> {
        let digits = digits_of(rest);
        let mut number = Self { whole: 0, fraction: 0, scale: 1.0 };
        for digit in digits.bytes().map(|digit| u64::from(digit - b'0')) {
            number.whole = number.whole.checked_mul(10)?.checked_add(digit).filter(|whole| *whole <= LIMIT)?;
        }
        let mut present = !digits.is_empty();
        if let Some(after) = rest.strip_prefix('.') {
            *rest = after;
            let digits = digits_of(rest);
            present |= !digits.is_empty();
            for digit in digits.bytes().map(|digit| u64::from(digit - b'0')) {
                // Digits beyond what the type holds are not worth a nanosecond.
                let longer = number.fraction.checked_mul(10).and_then(|fraction| fraction.checked_add(digit));
                let Some(fraction) = longer.filter(|fraction| *fraction <= LIMIT) else { break };
                number.fraction = fraction;
                number.scale *= 10.0;
            }
        }
        present.then_some(number)
    }

    fn times(&self, unit: u64) -> Option<u64> {
        let whole = self.whole.checked_mul(unit).filter(|whole| *whole <= LIMIT)?;
        let fraction = (self.fraction as f64 * (unit as f64 / self.scale)) as u64;
        whole.checked_add(fraction).filter(|sum| *sum <= LIMIT)
    }
}

fn digits_of<'a>(rest: &mut &'a str) -> &'a str {
    let end = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, after) = rest.split_at(end);
    *rest = after;
    digits
}

/// The largest unit first, the seconds with their fraction; below a second the unit that leaves digits before the point.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.nanoseconds.unsigned_abs();
        if self.nanoseconds < 0 {
            f.write_str("-")?;
        }
        match total {
            0 => f.write_str("0s"),
            1..1_000 => write!(f, "{total}ns"),
            1_000..1_000_000 => write!(f, "{}µs", Decimal(total, 3)),
            1_000_000..SECOND => write!(f, "{}ms", Decimal(total, 6)),
            SECOND.. => {
                let (minutes, rest) = (total / MINUTE, total % MINUTE);
                if minutes >= 60 {
                    write!(f, "{}h", minutes / 60)?;
                }
                if minutes > 0 {
                    write!(f, "{}m", minutes % 60)?;
                }
                write!(f, "{}s", Decimal(rest, 9))
            }
        }
    }
}

/// A number with so many digits after the point, without zeros at the end.
struct Decimal(u64, usize);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, places) = *self;
        let scale = 10_u64.pow(places as u32);
        write!(f, "{}", number / scale)?;
        let fraction = format!("{:0places$}", number % scale);
        match fraction.trim_end_matches('0') {
            "" => Ok(()),
            fraction => write!(f, ".{fraction}"),
        }
    }
}

impl Described for Duration {
    const SHAPE: Shape = Shape::Special(&SpecialShape {
        name: "duration",
        go: GO_TYPE,
        json: "string",
        pattern: Some("^[-+]?(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$|^[-+]?0$"),
        format: None,
    });
}

impl Node for Duration {
    /// Only texts are durations; a bare number is a type error, also zero.
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        decoder.visit(at, |decoder, at| {
            let tree = decoder.tree();
            let text = match tree.kind(at) {
                Kind::Scalar => match decoder.scalar(at) {
                    None | Some(Scalar::Null) => return,
                    Some(Scalar::Str | Scalar::Merge) => Some(tree.text(at)),
                    Some(_) => None,
                },
                _ => None,
            };
            match text.and_then(|text| text.parse().ok()) {
                Some(duration) => *self = duration,
                None => decoder.type_error(at, GO_TYPE),
            }
        });
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.string(&self.to_string());
    }

    fn unset(&self) -> bool {
        self.is_zero()
    }

    scalar_node!();
}

/// As the time package of the reference quotes: other than ASCII is shown byte by byte.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' | 0x7f => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\x{byte:02x}")),
        }
    }
    quoted.push('"');
    quoted
}

const GO_TYPE: &str = "time.Duration";

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;

/// One more than the longest duration: the longest negative one has it.
const LIMIT: u64 = 1 << 63;

/// Micro has two spellings, with the sign U+00B5 and with the letter U+03BC.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", MINUTE),
    ("h", 60 * MINUTE),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_printed_in_the_long_form() {
        for (text, nanoseconds, printed) in [
            ("0", 0, "0s"),
            ("-0", 0, "0s"),
            ("0s", 0, "0s"),
            ("1h", 3_600_000_000_000, "1h0m0s"),
            ("90s", 90_000_000_000, "1m30s"),
            ("1.5h", 5_400_000_000_000, "1h30m0s"),
            ("100ms", 100_000_000, "100ms"),
            ("1µs", 1_000, "1µs"),
            ("1μs", 1_000, "1µs"),
            ("1500us", 1_500_000, "1.5ms"),
            ("-5m", -300_000_000_000, "-5m0s"),
            ("+1ns", 1, "1ns"),
            (".5s", 500_000_000, "500ms"),
            ("1.s", 1_000_000_000, "1s"),
            ("1h1m1.000000001s", 3_661_000_000_001, "1h1m1.000000001s"),
            ("0.9223372036854775807h", 3_320_413_933_267, "55m20.413933267s"),
            ("0.33333333333333333333333h", 1_200_000_000_000, "20m0s"),
            ("9223372036854775807ns", i64::MAX, "2562047h47m16.854775807s"),
            ("-9223372036854775808ns", i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            let duration: Duration = text.parse().unwrap();
            assert_eq!(duration, Duration::from_nanos(nanoseconds), "{text}");
            assert_eq!(duration.to_string(), printed, "{text}");
            assert_eq!(printed.parse(), Ok(duration));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, error) in [
            ("", "time: invalid duration \"\""),
            ("-", "time: invalid duration \"-\""),
            (".s", "time: invalid duration \".s\""),
            ("s", "time: invalid duration \"s\""),
            (" 1s", "time: invalid duration \" 1s\""),
            ("3000000h", "time: invalid duration \"3000000h\""),
            ("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\""),
            ("99999999999999999999s", "time: invalid duration \"99999999999999999999s\""),
            ("1", "time: missing unit in duration \"1\""),
            ("1s5", "time: missing unit in duration \"1s5\""),
            ("1d", "time: unknown unit \"d\" in duration \"1d\""),
            ("1 s", "time: unknown unit \" s\" in duration \"1 s\""),
            ("1é\"", r#"time: unknown unit "\xc3\xa9\"" in duration "1\xc3\xa9\"""#),
        ] {
            assert_eq!(text.parse::<Duration>().unwrap_err().to_string(), error, "{text:?}");
        }
    }

    #[test]
    fn durations_of_the_standard_library() {
        let hour = std::time::Duration::from_secs(3600);
        assert_eq!(Duration::try_from(hour), Ok(Duration::from_secs(3600)));
        assert_eq!(std::time::Duration::try_from(Duration::from_secs(3600)), Ok(hour));
        assert_eq!(Duration::try_from(std::time::Duration::MAX), Err(OutOfRange));
        assert_eq!(std::time::Duration::try_from(Duration::from_nanos(-1)), Err(OutOfRange));
    }
}
