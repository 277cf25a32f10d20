//! Trying again until it works.

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How one try failed.
pub(super) enum Failed {
    /// It may work soon.
    ForNow(String),
    /// It will not work.
    ForGood(String),
}

impl Failed {
    /// The failure of a call to the Kubernetes API.
    pub(super) fn call(error: &crate::kubernetes::Error) -> Self {
        if error.is_retryable() { Self::ForNow(error.to_string()) } else { Self::ForGood(error.to_string()) }
    }
}

/// What went wrong in all tries, each text once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct RetryError(Vec<String>);

impl RetryError {
    /// What went wrong. The last text is `timeout` if the time was over.
    pub fn reasons(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for RetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} error(s) occurred:", self.0.len())?;
        self.0.iter().try_for_each(|reason| write!(f, "\n\t{reason}"))
    }
}

/// How often a try is made.
const INTERVAL: Duration = Duration::from_secs(10);

/// Tries every ten seconds until the time is over.
///
/// No closure makes the tries: futures of those cannot be moved between threads.
pub(super) struct Retry {
    end: Instant,
    next: Instant,
    reasons: Vec<String>,
}

impl Retry {
    /// Tries that begin now and may go on for this long.
    pub(super) fn within(timeout: Duration) -> Self {
        let now = Instant::now();
        Self { end: now + timeout, next: now, reasons: Vec::new() }
    }

    /// Takes the failure of a try and waits until the next is due.
    pub(super) async fn after(&mut self, failed: Failed) -> Result<(), RetryError> {
        let (reason, is_final) = match failed {
            Failed::ForNow(reason) => (reason, false),
            Failed::ForGood(reason) => (reason, true),
        };
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
        if is_final {
            return Err(RetryError(std::mem::take(&mut self.reasons)));
        }
        self.next = (self.next + INTERVAL).max(Instant::now());
        if self.next > self.end {
            sleep_until(self.end).await;
            self.reasons.push("timeout".to_owned());
            return Err(RetryError(std::mem::take(&mut self.reasons)));
        }
        sleep_until(self.next).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_final_failure_ends_it() {
        let mut retry = Retry::within(Duration::from_secs(60));
        let error = retry.after(Failed::ForGood("no".into())).await.unwrap_err();
        assert_eq!(error.to_string(), "1 error(s) occurred:\n\tno");
    }

    #[tokio::test]
    async fn the_time_is_over_after_a_while() {
        let mut retry = Retry::within(Duration::from_millis(10));
        let error = retry.after(Failed::ForNow("not yet".into())).await.unwrap_err();
        assert_eq!(error.reasons(), ["not yet", "timeout"]);
    }
}
