//! Sizes of disks and partitions, and the comparison with a size that a disk selector makes.

use std::fmt;
use std::str::FromStr;

use talos_config_yaml::decode::Decoder;
use talos_config_yaml::fields::{Described, Merge, Node, Shape, SpecialShape};
use talos_config_yaml::merge::{Error, Reason, Step};
use talos_config_yaml::sink::Sink;
use talos_config_yaml::tree::NodeId;
use talos_config_yaml::{node_identity, scalar_node};

/// A number of bytes, read with or without a unit: `100MB`, `1.5 GiB`, `1073741824`.
///
/// It is written with a decimal unit where that says exactly the same in a short text, else as a plain number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DiskSize(
    /// Bytes.
    pub u64,
);

/// Text that is not a size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SizeError {
    /// The text does not begin with a number.
    #[error("strconv.ParseFloat: parsing {}: invalid syntax", talos_config_yaml::decode::go_quote(.number))]
    NotANumber {
        /// The digits, points and commas at the beginning, without the commas.
        number: String,
    },
    /// The number has hundreds of digits.
    #[error("strconv.ParseFloat: parsing {}: value out of range", talos_config_yaml::decode::go_quote(.number))]
    OutOfRange {
        /// The digits.
        number: String,
    },
    /// There is no such unit.
    #[error("unhandled size name: {unit}")]
    UnknownUnit {
        /// The unit in lower case.
        unit: String,
    },
    /// The size does not fit into 64 bits.
    #[error("too large: {text}")]
    TooLarge {
        /// The whole text.
        text: String,
    },
}

impl FromStr for DiskSize {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let end = text.find(|letter: char| !matches!(letter, '0'..='9' | '.' | ',')).unwrap_or(text.len());
        let number = text[..end].replace(',', "");
        let amount: f64 = match number.parse() {
            Ok(amount) if f64::is_finite(amount) => amount,
            Ok(_) => return Err(SizeError::OutOfRange { number }),
            Err(_) => return Err(SizeError::NotANumber { number }),
        };
        let unit = text[end..].trim().to_lowercase();
        let Some(scale) = bytes_of(&unit) else { return Err(SizeError::UnknownUnit { unit }) };
        let bytes = amount * scale as f64;
        if bytes >= u64::MAX as f64 {
            return Err(SizeError::TooLarge { text: text.to_owned() });
        }
        Ok(Self(bytes as u64))
    }
}

/// Bytes of a unit in lower case: a letter for the power, an `i` for powers of 1024, a `b` that does not matter.
fn bytes_of(unit: &str) -> Option<u64> {
    let unit = unit.strip_suffix('b').unwrap_or(unit);
    let (unit, base) = match unit.strip_suffix('i') {
        Some(unit) => (unit, 1024_u64),
        None => (unit, 1000),
    };
    match unit {
        "" if base == 1000 => Some(1),
        "k" => Some(base),
        "m" => Some(base.pow(2)),
        "g" => Some(base.pow(3)),
        "t" => Some(base.pow(4)),
        "p" => Some(base.pow(5)),
        "e" => Some(base.pow(6)),
        _ => None,
    }
}

impl DiskSize {
    /// The text with a decimal unit, one digit after the point below ten, if it says exactly the same.
    fn short(self) -> Option<String> {
        if !self.0.is_multiple_of(1000) {
            return None;
        }
        let power = self.0.checked_ilog(1000)?;
        let unit = UNITS[power as usize];
        let amount = (self.0 as f64 / 1000_f64.powi(power as i32) * 10.0 + 0.5).floor() / 10.0;
        let text = if amount < 10.0 { format!("{amount:.1} {unit}") } else { format!("{amount:.0} {unit}") };
        (text.parse() == Ok(self)).then_some(text)
    }
}

impl fmt::Display for DiskSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.short() {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Described for DiskSize {
    const SHAPE: Shape = Shape::Special(&SpecialShape {
        name: "size",
        go: "string",
        json: "string or integer",
        pattern: Some("^[0-9.,]+\\s*([kKmMgGtTpPeE][iI]?)?[bB]?$"),
        format: None,
    });
}

impl Node for DiskSize {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        if let Some(text) = decoder.text(at) {
            match text.parse() {
                Ok(size) => *self = size,
                Err(error) => decoder.fatal(at, SizeError::to_string(&error)),
            }
        }
    }

    fn encode(&self, out: &mut dyn Sink) {
        match self.short() {
            Some(text) => out.string(&text),
            None => out.unsigned(self.0),
        }
    }

    fn unset(&self) -> bool {
        self.0 == 0
    }

    scalar_node!();
}

/// What a disk's size is compared with: `>= 4GB`, `< 2 TiB`, `== 100MB`, `1TB`.
///
/// The text is kept, without blanks around it, and written again as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskSizeMatcher {
    text: String,
    comparison: Comparison,
    size: DiskSize,
}

/// How two sizes are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    /// The disk has the size; also without a sign in the text.
    #[default]
    Equal,
    /// The disk is larger or has the size.
    AtLeast,
    /// The disk is smaller or has the size.
    AtMost,
    /// The disk is larger.
    Larger,
    /// The disk is smaller.
    Smaller,
}

/// Text that is not a comparison with a size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to parse disk size {text}")]
pub struct MatcherError {
    /// The text after the sign.
    pub text: String,
    /// What is wrong with it.
    pub source: SizeError,
}

impl DiskSizeMatcher {
    /// How the disk's size is compared.
    pub fn comparison(&self) -> Comparison {
        self.comparison
    }

    /// The size it is compared with.
    pub fn size(&self) -> DiskSize {
        self.size
    }

    /// True when a disk of so many bytes matches.
    pub fn matches(&self, bytes: u64) -> bool {
        let size = self.size.0;
        match self.comparison {
            Comparison::Equal => bytes == size,
            Comparison::AtLeast => bytes >= size,
            Comparison::AtMost => bytes <= size,
            Comparison::Larger => bytes > size,
            Comparison::Smaller => bytes < size,
        }
    }
}

impl FromStr for DiskSizeMatcher {
    type Err = MatcherError;

    fn from_str(text: &str) -> Result<Self, MatcherError> {
        let text = text.trim();
        // Of a text of several lines only the last one is looked at.
        let line = text.rsplit('\n').next().unwrap_or(text);
        let (comparison, size) = SIGNS
            .iter()
            .find_map(|(sign, comparison)| Some((*comparison, line.strip_prefix(sign)?)))
            .unwrap_or((Comparison::Equal, line));
        match size.trim().parse() {
            Ok(size) => Ok(Self { text: text.to_owned(), comparison, size }),
            Err(source) => Err(MatcherError { text: size.to_owned(), source }),
        }
    }
}

impl fmt::Display for DiskSizeMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Described for DiskSizeMatcher {
    const SHAPE: Shape = Shape::Special(&SpecialShape {
        name: "comparison with a size",
        go: "string",
        json: "string",
        pattern: Some("^\\s*(>=|<=|>|<|==)?\\s*[0-9.,]+\\s*([kKmMgGtTpPeE][iI]?)?[bB]?\\s*$"),
        format: None,
    });
}

impl Node for DiskSizeMatcher {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        if let Some(text) = decoder.text(at) {
            match text.parse() {
                Ok(matcher) => *self = matcher,
                Err(MatcherError { text, source }) => {
                    decoder.fatal(at, format!("failed to parse disk size {text}: {source}"));
                }
            }
        }
    }

    /// Two comparisons do not combine, not even equal ones.
    fn merge(&mut self, right: &dyn Node, rule: Merge) -> Result<(), Error> {
        match right.as_any().downcast_ref::<Self>() {
            Some(right) if matches!(rule, Merge::Replace) => {
                self.clone_from(right);
                Ok(())
            }
            Some(_) => Err(Error::new(Reason::NotSettable { left: self.text.clone() }).within(Step::Field {
                section: "v1alpha1.InstallDiskSizeMatcher",
                field: "condition",
                key: "",
            })),
            None => Ok(()),
        }
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.string(&self.text);
    }

    fn unset(&self) -> bool {
        self.text.is_empty()
    }

    node_identity!();
}

const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/// The longer sign comes first.
const SIGNS: [(&str, Comparison); 5] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    (">", Comparison::Larger),
    ("<", Comparison::Smaller),
    ("==", Comparison::Equal),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_any_unit() {
        for (text, bytes) in [
            ("0", 0),
            ("12345", 12_345),
            ("100 MB", 100_000_000),
            ("100mb", 100_000_000),
            ("1 GiB", 1 << 30),
            ("1gi", 1 << 30),
            ("2K", 2_000),
            ("1,000 B", 1_000),
            ("1.5k", 1_500),
            (".5kib", 512),
            ("3.b", 3),
            ("1.0000001 kB", 1_000),
            ("15EiB", 15 << 60),
            ("18446744073709549568", 18_446_744_073_709_549_568),
        ] {
            assert_eq!(text.parse(), Ok(DiskSize(bytes)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, error) in [
            ("", "strconv.ParseFloat: parsing \"\": invalid syntax"),
            ("big", "strconv.ParseFloat: parsing \"\": invalid syntax"),
            ("-1", "strconv.ParseFloat: parsing \"\": invalid syntax"),
            ("1.2.3", "strconv.ParseFloat: parsing \"1.2.3\": invalid syntax"),
            (",.", "strconv.ParseFloat: parsing \".\": invalid syntax"),
            ("1 XB", "unhandled size name: xb"),
            ("1 G i B", "unhandled size name: g i b"),
            ("1e3", "unhandled size name: e3"),
            ("1i", "unhandled size name: i"),
            ("1ib", "unhandled size name: ib"),
            ("16EiB", "too large: 16EiB"),
            ("18446744073709551615", "too large: 18446744073709551615"),
        ] {
            assert_eq!(text.parse::<DiskSize>().unwrap_err().to_string(), error, "{text:?}");
        }
        let long = "9".repeat(400);
        let error = format!("strconv.ParseFloat: parsing \"{long}\": value out of range");
        assert_eq!(long.parse::<DiskSize>().unwrap_err().to_string(), error);
    }

    #[test]
    fn sizes_are_printed_short_where_nothing_is_lost() {
        for (bytes, text) in [
            (100_000_000, "100 MB"),
            (1_000_000_000, "1.0 GB"),
            (12_000_000_000, "12 GB"),
            (10_000, "10 kB"),
            (1_500_000, "1.5 MB"),
            (12_500_000, "12500000"),
            (1_050_000, "1050000"),
            (999_999_000, "999999000"),
            (1 << 30, "1073741824"),
            (12_345, "12345"),
            (999, "999"),
            (0, "0"),
            (1_000_000_000_000_000_000, "1.0 EB"),
            (18_446_744_073_709_551_000, "18446744073709551000"),
        ] {
            assert_eq!(DiskSize(bytes).to_string(), text);
        }
    }

    #[test]
    fn a_disk_is_compared_by_the_sign() {
        for (text, matching, other) in [
            (">= 4GB", 4_000_000_000, 3_999_999_999),
            ("<=4GB", 4_000_000_000, 4_000_000_001),
            ("> 1 kB", 1_001, 1_000),
            ("<1kib", 1_023, 1_024),
            ("==5", 5, 6),
            ("  1TB ", 1_000_000_000_000, 0),
            ("ignored\n> 5", 6, 5),
        ] {
            let matcher: DiskSizeMatcher = text.parse().unwrap();
            assert!(matcher.matches(matching) && !matcher.matches(other), "{text}");
            assert_eq!(matcher.to_string(), text.trim());
        }
    }

    #[test]
    fn an_unknown_sign_counts_as_part_of_the_size() {
        for (text, error) in [
            ("!= 1", "failed to parse disk size != 1"),
            ("=> 1", "failed to parse disk size => 1"),
            (">=  x", "failed to parse disk size   x"),
            ("", "failed to parse disk size "),
        ] {
            let found = text.parse::<DiskSizeMatcher>().unwrap_err();
            assert_eq!(found.to_string(), error);
            assert_eq!(found.source, SizeError::NotANumber { number: String::new() });
        }
    }

    #[test]
    fn two_comparisons_do_not_merge() {
        let mut matcher: DiskSizeMatcher = ">= 1TB".parse().unwrap();
        let patch = matcher.clone();
        assert_eq!(
            matcher.merge(&patch, Merge::Typed).unwrap_err().to_string(),
            "merge field v1alpha1.InstallDiskSizeMatcher.condition: merge not possible, left >= 1TB is not settable"
        );
    }
}
