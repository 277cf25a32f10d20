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

/// Tries every ten seconds until it works or the time is over.
pub(super) async fn retry<T>(
    timeout: Duration,
    mut attempt: impl AsyncFnMut() -> Result<T, Failed>,
) -> Result<T, RetryError> {
    let begun = Instant::now();
    let mut reasons: Vec<String> = Vec::new();
    let mut next = begun;
    loop {
        let (reason, is_final) = match attempt().await {
            Ok(value) => return Ok(value),
            Err(Failed::ForNow(reason)) => (reason, false),
            Err(Failed::ForGood(reason)) => (reason, true),
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
        if is_final {
            return Err(RetryError(reasons));
        }
        next = (next + INTERVAL).max(Instant::now());
        if next > begun + timeout {
            sleep_until(begun + timeout).await;
            reasons.push("timeout".to_owned());
            return Err(RetryError(reasons));
        }
        sleep_until(next).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_final_failure_ends_it() {
        let mut tries = 0;
        let outcome: Result<(), _> = retry(Duration::from_secs(60), async || {
            tries += 1;
            Err(Failed::ForGood("no".into()))
        })
        .await;
        assert_eq!((outcome.unwrap_err().to_string().as_str(), tries), ("1 error(s) occurred:\n\tno", 1));
    }

    #[tokio::test]
    async fn the_time_is_over_after_a_while() {
        let outcome: Result<(), _> =
            retry(Duration::from_millis(10), async || Err(Failed::ForNow("not yet".into()))).await;
        assert_eq!(outcome.unwrap_err().reasons(), ["not yet", "timeout"]);
    }
}
