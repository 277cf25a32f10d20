//! Failures of calls, worded as users know them.

use std::fmt;

use talos_api::client;
use talos_api::grpc::status;
use tonic::{Code, Status};

/// Failure of a call.
#[derive(Debug)]
pub(crate) struct Failure(client::Error);

impl Failure {
    /// A call that ended because the user wanted it to.
    pub(crate) fn interrupted() -> Self {
        Self(Status::cancelled("context canceled").into())
    }

    /// The gRPC code, that of the first node where several failed.
    pub(crate) fn code(&self) -> Code {
        self.0.code()
    }
}

impl From<client::Error> for Failure {
    fn from(error: client::Error) -> Self {
        Self(error)
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self(status.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            // Its cause is the status, which would say the same again.
            client::Error::Call(cause) => f.write_str(&status::text(cause)),
            error => {
                write!(f, "{error}")?;
                let mut cause = std::error::Error::source(error);
                while let Some(error) = cause {
                    write!(f, ": {error}")?;
                    cause = error.source();
                }
                Ok(())
            }
        }
    }
}

/// Its causes are part of its text.
impl std::error::Error for Failure {}

/// What went wrong beside the data of a stream. It is shown when the stream is over.
#[derive(Debug, Default)]
pub(crate) struct StreamFailures(Vec<String>);

impl StreamFailures {
    /// Adds a failure.
    pub(crate) fn push(&mut self, text: impl Into<String>) {
        self.0.push(text.into());
    }

    /// Succeeds if nothing went wrong. `red` colours the text, for terminals.
    pub(crate) fn into_result(self, red: bool) -> anyhow::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let text = self.to_string();
        Err(anyhow::Error::msg(if red { format!("\x1b[31m{text}\x1b[0m") } else { text }))
    }
}

impl fmt::Display for StreamFailures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("1 error occurred:")?,
            count => write!(f, "{count} errors occurred:")?,
        }
        self.0.iter().try_for_each(|text| write!(f, "\n {text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_told_once() {
        let error = anyhow::Error::from(Failure::from(Status::not_found("x"))).context("error getting it");
        assert_eq!(format!("{error:#}"), "error getting it: rpc error: code = NotFound desc = x");
    }

    #[test]
    fn failures_of_streams_are_listed() {
        let mut failures = StreamFailures::default();
        failures.push("a");
        assert_eq!(failures.to_string(), "1 error occurred:\n a");
        failures.push("b");
        assert_eq!(failures.into_result(true).unwrap_err().to_string(), "\x1b[31m2 errors occurred:\n a\n b\x1b[0m");
    }
}
