//! Several failures in one text.

use std::fmt;

/// Failures listed one below the other: `2 errors occurred:`, then a line with a star for each, then an empty line.
#[derive(Debug, Default)]
pub struct MultiError {
    failures: Vec<anyhow::Error>,
}

impl MultiError {
    /// Adds the failure of `result`, if it is one.
    pub fn note<T, E: Into<anyhow::Error>>(&mut self, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.failures.push(error.into())).ok()
    }

    /// Succeeds if nothing failed.
    ///
    /// # Errors
    /// All failures noted.
    pub fn into_result(self) -> Result<(), Self> {
        if self.failures.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for MultiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.failures.len() {
            1 => f.write_str("1 error occurred:\n")?,
            count => writeln!(f, "{count} errors occurred:")?,
        }
        for failure in &self.failures {
            writeln!(f, "\t* {failure:#}")?;
        }
        f.write_str("\n")
    }
}

impl std::error::Error for MultiError {}
