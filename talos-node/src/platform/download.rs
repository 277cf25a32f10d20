//! Configurations from addresses.
//!
//! An address is asked again and again, each time a little later, until it answers or three hours are over. What is not
//! worth asking again, such as a file that is not there, fails at once.
//! Source: `pkg/download`, and `go-retry` which it uses (1.5).

use std::fmt::{self, Display};
use std::path::PathBuf;
use std::time::Duration;

use talos_pki::Random;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::http;
use super::proxy::Proxies;
use super::variables::{populate, unescape};
use crate::command_line::CommandLine;
use crate::machine::Machine;
use crate::sys::Reason;

/// How long an address is asked.
const LIMIT: Duration = Duration::from_secs(3 * 3600);

/// How long one attempt may take; half of it to find out which machine this is.
const ATTEMPT: Duration = Duration::from_secs(180);

/// An attempt that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Attempt {
    /// There was an answer, or a reason for none.
    #[error("failed to download config from {address:?}: {cause}")]
    Failed {
        /// The address, without values for its variables.
        address: String,
        /// Why.
        #[source]
        cause: Cause,
    },
    /// There was neither in time.
    #[error("timeout")]
    Timeout,
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// A file cannot be read.
    #[error("open {}: {reason}", path.display())]
    File {
        /// Path on the machine.
        path: PathBuf,
        /// What the system said.
        reason: Reason,
    },
    /// There is no way to an answer.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// The server does not give one.
    #[error("failed to download config, received {0}")]
    Status(u16),
}

/// All failures of one download that differ, in their order.
#[derive(Debug)]
pub struct Failures(pub Vec<Attempt>);

impl Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} error(s) occurred:", self.0.len())?;
        self.0.iter().try_for_each(|failure| write!(f, "\n\t{failure}"))
    }
}

impl std::error::Error for Failures {}

impl Failures {
    /// Whether it is the first of its text.
    fn add(&mut self, failure: Attempt) -> bool {
        let text = failure.to_string();
        let is_new = self.0.iter().all(|known| known.to_string() != text);
        if is_new {
            self.0.push(failure);
        }
        is_new
    }
}

/// Fetches what an address gives. `address` is the value of `talos.config`, with its variables.
///
/// # Errors
/// [`Failures`] when it is given up: after three hours, or at once when that would change nothing.
pub async fn download(machine: &Machine, address: &str) -> Result<Vec<u8>, Failures> {
    let end = Instant::now() + LIMIT;
    let mut failures = Failures(Vec::new());
    for count in 1.. {
        let attempt_end = end.min(Instant::now() + ATTEMPT);
        let failure = match timeout_at(attempt_end, attempt(machine, address)).await {
            Ok(Ok(config)) => return Ok(config),
            Ok(Err(cause)) => Attempt::Failed { address: address.to_owned(), cause },
            Err(_) => Attempt::Timeout,
        };
        let is_final = matches!(failure, Attempt::Failed { cause: Cause::File { .. }, .. });
        let text = failure.to_string();
        if failures.add(failure) && !is_final {
            machine.console.line(&format!("retrying error: {text}"));
        }
        let next = Instant::now() + pause(count) + jitter(machine);
        if is_final {
            break;
        }
        sleep_until(next.min(end)).await;
        if next >= end {
            failures.add(Attempt::Timeout);
            break;
        }
    }
    Err(failures)
}

async fn attempt(machine: &Machine, address: &str) -> Result<Vec<u8>, Cause> {
    let populated = populate(machine, address, ATTEMPT / 2).await;
    if !populated.missing.is_empty() {
        let text = format!("failed to populate talos.config fetch URL {address:?}: context deadline exceeded");
        machine.console.line(&text);
    }
    let address = populated.address;
    machine.console.line(&format!("fetching machine config from: {address:?}"));
    if let Some(path) = file(&address) {
        let (host, read) = (machine.host.clone(), path.clone());
        // A file may lie where reading takes long.
        let read = tokio::task::spawn_blocking(move || std::fs::read(host.path(&read))).await;
        let read = read.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
        return read.map_err(|error| Cause::File { path, reason: Reason(error) });
    }
    let proxies = Proxies::new(&CommandLine::parse(&machine.settings.command_line));
    let reply = http::get(&*machine.host, &proxies, &address).await?;
    match reply.status {
        200 => Ok(reply.body),
        status => Err(Cause::Status(status)),
    }
}

/// The path in an address of a file.
fn file(address: &str) -> Option<PathBuf> {
    let (scheme, rest) = address.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    // Behind two slashes stands a host, which is not asked.
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => rest,
    };
    use std::os::unix::ffi::OsStringExt;
    Some(std::ffi::OsString::from_vec(unescape(path, false).unwrap_or_else(|| path.into())).into())
}

/// Pause behind an attempt, counted from 1: 0, 1, 3, 7, 15 … seconds.
fn pause(count: u32) -> Duration {
    Duration::from_secs((1_u64 << (count - 1).min(32)) - 1)
}

/// Up to a second, so that a rack that was switched on does not ask as one.
fn jitter(machine: &Machine) -> Duration {
    let mut bytes = [0; 2];
    // Without randomness there is none.
    let _ = machine.random.clone().fill(&mut bytes);
    Duration::from_secs(1).mul_f64(f64::from(u16::from_be_bytes(bytes)) / 65536.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing;

    #[test]
    fn pauses_double() {
        assert_eq!([1, 2, 3, 4, 5].map(|count| pause(count).as_secs()), [0, 1, 3, 7, 15]);
        assert!(pause(u32::MAX) > LIMIT);
    }

    #[test]
    fn files_have_addresses() {
        for (address, expected) in [
            ("file:///etc/a%20b?c#d", Some("/etc/a b")),
            ("FILE:/etc/a", Some("/etc/a")),
            ("file://host/etc/a", Some("/etc/a")),
            ("file://host", Some("")),
            ("http://h/etc", None),
            ("/etc/a", None),
        ] {
            assert_eq!(file(address), expected.map(PathBuf::from), "{address}");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_not_waited_for() {
        let failures = download(&testing::machine(), "file:///no/such/file").await.unwrap_err();
        let expected = "1 error(s) occurred:\n\tfailed to download config from \"file:///no/such/file\": \
                        open /no/such/file: no such file or directory";
        assert_eq!(failures.to_string(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_given_up_after_three_hours() {
        let machine = testing::machine();
        let start = Instant::now();
        let failures = download(&machine, "gopher://h/c").await.unwrap_err();
        assert_eq!(start.elapsed().as_secs(), LIMIT.as_secs());
        let expected = "2 error(s) occurred:\n\tfailed to download config from \"gopher://h/c\": Get \"gopher://h/c\": \
                        unsupported protocol scheme \"gopher\"\n\ttimeout";
        assert_eq!(failures.to_string(), expected);
    }
}
