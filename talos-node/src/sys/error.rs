//! What goes wrong when a machine is asked.

use std::fmt::{self, Display};
use std::io;
use std::path::PathBuf;

use super::firmware::Damaged;

/// A fact that could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused.
    #[error("{operation} {}", path.display())]
    Io {
        /// Name of the system call, or what comes nearest.
        operation: &'static str,
        /// Path on the machine.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Reason,
    },
    /// A file of the kernel does not look as it should.
    #[error("{}", path.display())]
    Content {
        /// Path on the machine.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: Malformed,
    },
    /// The tables of the firmware do not look as they should.
    #[error("{}", path.display())]
    Firmware {
        /// Path on the machine.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: Damaged,
    },
    /// The machine is not this node's to change.
    #[error("{operation}: this node shares its computer, and may not")]
    Unsupported {
        /// What was wanted.
        operation: &'static str,
    },
    /// The kernel did not answer about the network.
    #[error("cannot list {subject}")]
    Netlink {
        /// What was asked for: `links`, `addresses`, `routes`.
        subject: &'static str,
        /// What the system said.
        #[source]
        source: Reason,
    },
}

impl Error {
    pub(crate) fn io(operation: &'static str, path: impl Into<PathBuf>, source: impl Into<io::Error>) -> Self {
        Self::Io { operation, path: path.into(), source: Reason(source.into()) }
    }

    /// Whether the path is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.0.kind() == io::ErrorKind::NotFound)
    }
}

/// Text that is not what was expected at its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {found:?} is no {wanted}")]
pub struct Malformed {
    /// Line, from 1.
    pub line: usize,
    /// What stands there, shortened.
    pub found: String,
    /// What should.
    pub wanted: &'static str,
}

impl Malformed {
    /// `index` counts lines from 0.
    pub(crate) fn new(index: usize, found: &[u8], wanted: &'static str) -> Self {
        let found = &found[..found.len().min(80)];
        Self { line: index + 1, found: String::from_utf8_lossy(found).into_owned(), wanted }
    }
}

/// What the system said, in the words that clients of the reference know: lower case, without a number.
#[derive(Debug)]
pub struct Reason(pub io::Error);

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.0.raw_os_error().and_then(|number| WORDS.iter().find(|(errno, _)| *errno == number));
        match known {
            Some((_, words)) => f.write_str(words),
            None => Display::fmt(&self.0, f),
        }
    }
}

impl std::error::Error for Reason {}

/// Texts differ between C libraries; these are those of the kernel's documentation.
const WORDS: [(i32, &str); 26] = [
    (1, "operation not permitted"),
    (2, "no such file or directory"),
    (3, "no such process"),
    (4, "interrupted system call"),
    (5, "input/output error"),
    (6, "no such device or address"),
    (9, "bad file descriptor"),
    (11, "resource temporarily unavailable"),
    (12, "cannot allocate memory"),
    (13, "permission denied"),
    (16, "device or resource busy"),
    (19, "no such device"),
    (20, "not a directory"),
    (21, "is a directory"),
    (22, "invalid argument"),
    (24, "too many open files"),
    (32, "broken pipe"),
    (36, "file name too long"),
    (40, "too many levels of symbolic links"),
    (95, "operation not supported"),
    (101, "network is unreachable"),
    (107, "transport endpoint is not connected"),
    (110, "connection timed out"),
    (111, "connection refused"),
    (113, "no route to host"),
    (116, "stale file handle"),
];

#[cfg(test)]
mod tests {
    use talos_api::server::failure::chain;

    use super::*;

    #[test]
    fn texts_name_operation_path_and_reason() {
        let error = Error::io("open", "/proc/x", io::Error::from_raw_os_error(2));
        assert_eq!(chain(&error), "open /proc/x: no such file or directory");
        assert!(error.is_missing());
        let source = Malformed::new(2, b"a b", "number");
        let error = Error::Content { path: "/proc/stat".into(), source };
        assert_eq!(chain(&error), "/proc/stat: line 3: \"a b\" is no number");
        assert_eq!(Reason(io::Error::other("closed")).to_string(), "closed");
    }
}
