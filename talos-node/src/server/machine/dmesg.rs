//! `Dmesg`: the log of the kernel.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use futures_core::Stream;
use talos_api::proto::common::{Data, Metadata};
use talos_api::proto::machine::DmesgRequest;
use talos_api::resources::Timestamp;
use talos_api::server::failure;
use tonic::Status;

use super::unanswered;
use crate::sys::kernel_log::{Following, KernelLog, NoRecord, Record, Start};
use crate::sys::{Error, Host, Reason};

/// Records of the kernel's log, one in a message.
#[derive(Debug)]
pub struct Dmesg {
    log: Log,
    booted: SystemTime,
}

#[derive(Debug)]
enum Log {
    /// Up to where it ends.
    Once(KernelLog),
    /// As long as somebody listens.
    Following(Following),
    Over,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
#[error("error opening /dev/kmsg reader")]
struct Closed(#[source] Error);

/// Tells what the log holds, with `tail` only what comes from now on, with `follow` goes on with what comes. Times are
/// reckoned from `now` and the age of the kernel, as exact as whole seconds.
///
/// # Errors
/// `Unknown` when the log cannot be opened.
///
/// # Panics
/// Outside of a runtime, when the log is followed.
pub fn dmesg(host: &dyn Host, request: DmesgRequest, now: SystemTime) -> Result<Dmesg, Status> {
    let uptime = host.uptime().map_err(unanswered)?;
    let start = if request.tail { Start::Newest } else { Start::Oldest };
    let closed = |error| failure::unknown(&Closed(error));
    let log = host.kernel_log(start).map_err(closed)?;
    let log = match request.follow {
        false => Log::Once(log),
        true => Log::Following(log.follow().map_err(|source| closed(Error::io("poll", "/dev/kmsg", source)))?),
    };
    let booted = now.checked_sub(Duration::from_secs(uptime.as_secs())).unwrap_or(now);
    Ok(Dmesg { log, booted })
}

impl Dmesg {
    fn message(&self, record: Result<Record, NoRecord>) -> Data {
        match record {
            Ok(record) => {
                let line = Line { record: &record, time: self.booted + record.clock };
                Data { metadata: None, bytes: line.to_string().into() }
            }
            Err(error) => failed(error.to_string()),
        }
    }
}

impl Stream for Dmesg {
    type Item = Result<Data, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let record: io::Result<_> = match &mut self.log {
            Log::Once(log) => log.next_record(),
            Log::Following(log) => ready!(log.poll_next_record(cx)).map(Some),
            Log::Over => return Poll::Ready(None),
        };
        let message = match record {
            Ok(Some(record)) => Some(self.message(record)),
            Ok(None) => None,
            Err(error) => {
                self.log = Log::Over;
                Some(failed(format!("error reading from kmsg: {}", Reason(error))))
            }
        };
        Poll::Ready(message.map(Ok))
    }
}

fn failed(error: String) -> Data {
    Data { metadata: Some(Metadata { error, ..Metadata::default() }), ..Data::default() }
}

/// A record as the API shows it; the line end is the record's own.
struct Line<'r> {
    record: &'r Record,
    time: SystemTime,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = prost_types::Timestamp::from(self.time);
        let time = Timestamp { seconds: time.seconds, nanos: time.nanos };
        let Record { message, .. } = self.record;
        write!(f, "{}: {:>7}: [{time}]: {message}", self.record.facility_name(), self.record.priority_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_time_and_priority() {
        let record = Record::parse(b"30,339,5140900,-;systemd[1]: started\n").unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000) + record.clock;
        let line = Line { record: &record, time }.to_string();
        assert_eq!(line, "daemon:    info: [2023-11-14T22:13:25.1409Z]: systemd[1]: started\n");
    }
}
