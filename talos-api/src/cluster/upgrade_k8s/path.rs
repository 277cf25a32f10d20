//! From which version to which.

use std::fmt;

/// From which version of Kubernetes to which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    from: (String, [u64; 2]),
    to: (String, [u64; 2]),
}

/// Why there is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The version to leave is none.
    #[error("error parsing from version: {0}")]
    From(MalformedVersion),
    /// The version to reach is none.
    #[error("error parsing to version: {0}")]
    To(MalformedVersion),
}

/// A text is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Malformed version: {0}")]
pub struct MalformedVersion(String);

/// Minor versions that can be upgraded from and to.
const SUPPORTED: std::ops::RangeInclusive<u64> = 19..=28;

impl Path {
    /// A path from one version to another, each with or without a `v` in front.
    ///
    /// ```
    /// use talos_api::cluster::upgrade_k8s::Path;
    ///
    /// let path = Path::new("1.27.4", "v1.28.3").unwrap();
    /// assert!(path.is_supported());
    /// assert_eq!((path.to_string().as_str(), path.to_version()), ("1.27->1.28", "1.28.3"));
    /// ```
    ///
    /// # Errors
    /// [`PathError`] when one of them is no version.
    pub fn new(from: &str, to: &str) -> Result<Self, PathError> {
        let read = |text: &str| {
            let text = text.trim_start_matches('v');
            release(text).map(|release| (text.to_owned(), release)).ok_or_else(|| MalformedVersion(text.to_owned()))
        };
        Ok(Self { from: read(from).map_err(PathError::From)?, to: read(to).map_err(PathError::To)? })
    }

    /// The version to leave, without a `v`.
    pub fn from_version(&self) -> &str {
        &self.from.0
    }

    /// The version to reach, without a `v`.
    pub fn to_version(&self) -> &str {
        &self.to.0
    }

    /// Whether the step is small enough, and both versions are among those that are known.
    pub fn is_supported(&self) -> bool {
        let ([1, from], [1, to]) = (self.from.1, self.to.1) else { return false };
        SUPPORTED.contains(&from) && SUPPORTED.contains(&to) && (to == from || to == from + 1)
    }

    /// The minor versions, 27 and 28 for `1.27->1.28`.
    pub(super) fn minors(&self) -> (u64, u64) {
        (self.from.1[1], self.to.1[1])
    }
}

/// `1.27->1.28`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([from_major, from_minor], [to_major, to_minor]) = (self.from.1, self.to.1);
        write!(f, "{from_major}.{from_minor}->{to_major}.{to_minor}")
    }
}

/// Major and minor number. Numbers with dots between, then perhaps words behind a hyphen, then perhaps words behind a plus.
fn release(text: &str) -> Option<[u64; 2]> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let (words, build) = rest.split_once('+').map_or((rest, None), |(words, build)| (words, Some(build)));
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'~'))
    };
    let are_words = |words: &str| words.split('.').all(is_word);
    let words = words.strip_prefix('-').unwrap_or(words);
    if !(words.is_empty() && !rest.starts_with('-') || are_words(words)) || !build.is_none_or(are_words) {
        return None;
    }
    let numbers: Vec<u64> = numbers.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    Some([numbers[0], numbers.get(1).copied().unwrap_or_default()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_small() {
        for (from, to, supported) in [
            ("1.27.4", "1.28.3", true),
            ("1.28.3", "1.28.0", true),
            ("v1.19.0", "v1.20", true),
            ("1.26.0", "1.28.3", false),
            ("1.28.3", "1.27.4", false),
            ("1.28.0", "1.29.0", false),
            ("1.18.0", "1.19.0", false),
            ("2.27.0", "2.28.0", false),
            ("1.27.4-rc.1+x", "1.28.3", true),
        ] {
            assert_eq!(Path::new(from, to).unwrap().is_supported(), supported, "{from} {to}");
        }
    }

    #[test]
    fn other_texts_are_no_versions() {
        for text in ["x", "", "1..2", "1.2-", "1.2+", "1.2 ", "1.2-a..b", ".1"] {
            let error = Path::new(text, "1.28.3").unwrap_err().to_string();
            assert_eq!(error, format!("error parsing from version: Malformed version: {text}"));
        }
        let error = Path::new("1", "vx").unwrap_err();
        assert_eq!(error.to_string(), "error parsing to version: Malformed version: x");
    }
}
