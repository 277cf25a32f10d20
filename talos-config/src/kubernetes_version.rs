//! Which versions of Kubernetes a release of Talos works with.
//!
//! Generated configurations do not ask this: any version may be written. Upgrades do.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A version as Kubernetes and Talos number theirs: `1.28.3`, `v1.5.5`, `v1.29.0-rc.0`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    core: [u64; 3],
    suffix: String,
}

/// Why a version cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not a version.
    #[error("Malformed version: {0}")]
    Malformed(String),
    /// Nothing is known about this release of Talos.
    #[error("compatibility with version {0} is not supported")]
    UnknownTalos(Version),
    /// The release of Talos needs a later Kubernetes.
    #[error("version of Kubernetes {kubernetes} is too old to be used with Talos {talos}")]
    TooOld {
        /// The version of Kubernetes.
        kubernetes: Version,
        /// The version of Talos.
        talos: Version,
    },
    /// The release of Talos does not know this Kubernetes yet.
    #[error("version of Kubernetes {kubernetes} is too new to be used with Talos {talos}")]
    TooNew {
        /// The version of Kubernetes.
        kubernetes: Version,
        /// The version of Talos.
        talos: Version,
    },
}

/// Checks that a release of Talos can run a version of Kubernetes.
///
/// ```
/// use talos_config::kubernetes_version::check;
///
/// assert!(check(&"1.28.3".parse()?, &"v1.5.5".parse()?).is_ok());
/// let error = check(&"v1.25.0".parse()?, &"v1.5.5".parse()?).unwrap_err();
/// assert_eq!(error.to_string(), "version of Kubernetes 1.25.0 is too old to be used with Talos 1.5.5");
/// # Ok::<_, talos_config::kubernetes_version::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownTalos`], [`Error::TooOld`] or [`Error::TooNew`].
pub fn check(kubernetes: &Version, talos: &Version) -> Result<(), Error> {
    let Some(range) = SUPPORTED.iter().find(|range| talos.core[0] == 1 && talos.core[1] == range.talos) else {
        return Err(Error::UnknownTalos(talos.clone()));
    };
    let versions = || (kubernetes.clone(), talos.clone());
    // A release candidate counts as its release.
    if kubernetes.core < [1, range.oldest, 0] {
        let (kubernetes, talos) = versions();
        return Err(Error::TooOld { kubernetes, talos });
    }
    if kubernetes.core >= [1, range.newest, 99] {
        let (kubernetes, talos) = versions();
        return Err(Error::TooNew { kubernetes, talos });
    }
    Ok(())
}

/// Minor releases of Kubernetes that a minor release of Talos runs.
struct Range {
    talos: u64,
    oldest: u64,
    newest: u64,
}

const SUPPORTED: &[Range] = &[
    Range { talos: 2, oldest: 23, newest: 25 },
    Range { talos: 3, oldest: 24, newest: 26 },
    Range { talos: 4, oldest: 25, newest: 27 },
    Range { talos: 5, oldest: 26, newest: 28 },
    Range { talos: 6, oldest: 24, newest: 29 },
    Range { talos: 7, oldest: 25, newest: 30 },
    Range { talos: 8, oldest: 26, newest: 31 },
    Range { talos: 9, oldest: 27, newest: 32 },
    Range { talos: 10, oldest: 28, newest: 33 },
    Range { talos: 11, oldest: 29, newest: 34 },
    Range { talos: 12, oldest: 30, newest: 35 },
    Range { talos: 13, oldest: 31, newest: 36 },
    Range { talos: 14, oldest: 32, newest: 37 },
];

impl Version {
    /// First, second and third number; missing ones are 0.
    pub fn core(&self) -> [u64; 3] {
        self.core
    }

    /// What follows the numbers, with its `-` or `+`: `-rc.0`.
    pub fn suffix(&self) -> &str {
        &self.suffix
    }

    /// Compares the numbers alone.
    pub fn compare_core(&self, other: &Self) -> Ordering {
        self.core.cmp(&other.core)
    }
}

impl FromStr for Version {
    type Err = Error;

    /// Reads one to three numbers with dots between them, with or without a leading `v`, and what follows a `-` or `+`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::Malformed(text.to_owned());
        let numbers = text.strip_prefix('v').unwrap_or(text);
        let end = numbers.find(['-', '+']).unwrap_or(numbers.len());
        let (numbers, suffix) = numbers.split_at(end);
        if suffix.len() == 1 || !suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+.~".contains(&byte)) {
            return Err(malformed());
        }
        let mut core = [0; 3];
        for (position, number) in numbers.split('.').enumerate() {
            let place = core.get_mut(position).ok_or_else(malformed)?;
            if !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(malformed());
            }
            *place = number.parse().map_err(|_| malformed())?;
        }
        Ok(Self { core, suffix: suffix.to_owned() })
    }
}

/// Three numbers without a leading `v`, then what follows them.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third] = self.core;
        write!(f, "{first}.{second}.{third}{}", self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(kubernetes: &str, talos: &str) -> String {
        match check(&kubernetes.parse().unwrap(), &talos.parse().unwrap()) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn bounds_are_inclusive_by_minor_release() {
        assert_eq!(checked("1.26.0-alpha.1", "1.5.0"), "");
        assert_eq!(checked("1.28.98", "v1.5"), "");
        assert_eq!(
            checked("1.25.99", "v1.5.5"),
            "version of Kubernetes 1.25.99 is too old to be used with Talos 1.5.5"
        );
        assert_eq!(
            checked("v1.29.0-rc.0", "1.5.5"),
            "version of Kubernetes 1.29.0-rc.0 is too new to be used with Talos 1.5.5"
        );
        assert_eq!(checked("1.24", "v1.6.0-beta.1"), "");
    }

    #[test]
    fn other_releases_are_not_known() {
        assert_eq!(checked("1.28.3", "0.14.3"), "compatibility with version 0.14.3 is not supported");
        assert_eq!(checked("1.28.3", "2.5.0"), "compatibility with version 2.5.0 is not supported");
    }

    #[test]
    fn reads_and_writes_versions() {
        for (text, shown) in [("v1.2.3", "1.2.3"), ("1", "1.0.0"), ("1.2-rc.1+b", "1.2.0-rc.1+b")] {
            assert_eq!(text.parse::<Version>().unwrap().to_string(), shown);
        }
        for text in ["", "v", "1.", "1..2", "x", "1.2.3.4", "1.2.3-", "1.-2", "1.2.3-a b", "vv1"] {
            assert_eq!(text.parse::<Version>(), Err(Error::Malformed(text.to_owned())));
        }
    }
}
