//! The log of the kernel: `/dev/kmsg`.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::unix::pipe::Receiver;

/// Where reading starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record that is still kept.
    Oldest,
    /// Behind the newest one.
    Newest,
}

/// A reader of records, each of which is read once.
#[derive(Debug)]
pub struct KernelLog {
    file: File,
    buffer: Box<[u8]>,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who wrote it.
    pub facility: u32,
    /// How bad it is, from 0 (emergency) to 7 (debug).
    pub priority: u32,
    /// Number of the record.
    pub sequence: u64,
    /// When it was written, after the start of the kernel.
    pub clock: Duration,
    /// The message with its line end, then perhaps lines of properties that start with a blank.
    pub message: String,
}

/// Bytes that are no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRecord {
    /// No semicolon.
    #[error("kernel message should contain a prefix")]
    Prefix,
    /// Less than three columns; texts of the reference are kept as they are.
    #[error("message metdata should have at least 3 parts, got {0}")]
    Columns(usize),
    /// A column is no number.
    #[error("error parsing {0}: {1:?} is no number")]
    Number(&'static str, String),
}

/// The kernel's limit for one record with everything that is said about it.
const RECORD: usize = 8192;

impl KernelLog {
    /// Reads records from a file that gives one to each read, and does not wait for more.
    ///
    /// # Errors
    /// When it cannot be positioned.
    pub fn new(mut file: File, start: Start) -> io::Result<Self> {
        if start == Start::Newest {
            file.seek(SeekFrom::End(0))?;
        }
        Ok(Self { file, buffer: vec![0; RECORD].into() })
    }

    /// The next record; `None` when there is no further one yet.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next_record(&mut self) -> io::Result<Option<Result<Record, NoRecord>>> {
        let Self { file, buffer } = self;
        next(buffer, |buffer| file.read(buffer))
    }

    /// Goes on with waiting for records.
    ///
    /// # Errors
    /// When the file cannot be waited for.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub fn follow(self) -> io::Result<Following> {
        let file = Receiver::from_file_unchecked(self.file)?;
        Ok(Following { file, buffer: self.buffer })
    }
}

/// A reader that waits for records.
#[derive(Debug)]
pub struct Following {
    /// Waiting and reading are the same for all descriptors.
    file: Receiver,
    buffer: Box<[u8]>,
}

impl Following {
    /// The next record. Nothing is lost when nobody waits for it any more.
    ///
    /// # Errors
    /// When the file cannot be read, or ends.
    pub fn poll_next_record(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Result<Record, NoRecord>>> {
        let Self { file, buffer } = self;
        let read = |buffer: &mut [u8]| {
            let mut buffer = ReadBuf::new(buffer);
            match Pin::new(&mut *file).poll_read(cx, &mut buffer) {
                Poll::Pending => Err(ErrorKind::WouldBlock.into()),
                // Nothing more ever comes.
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => Err(ErrorKind::UnexpectedEof.into()),
                Poll::Ready(Ok(())) => Ok(buffer.filled().len()),
                Poll::Ready(Err(error)) => Err(error),
            }
        };
        match next(buffer, read) {
            Ok(Some(record)) => Poll::Ready(Ok(record)),
            Ok(None) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

fn next(
    buffer: &mut [u8],
    mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
) -> io::Result<Option<Result<Record, NoRecord>>> {
    loop {
        match read(buffer) {
            Ok(0) => return Ok(None),
            Ok(length) => return Ok(Some(Record::parse(&buffer[..length]))),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            // The record was overwritten before it was read; the next read goes on behind the gap.
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
    }
}

impl Record {
    /// Reads a record as the kernel writes it: numbers with commas between them, a semicolon, the message.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoRecord> {
        let record = String::from_utf8_lossy(bytes);
        let (prefix, message) = record.split_once(';').ok_or(NoRecord::Prefix)?;
        let columns: Vec<&str> = prefix.split(',').collect();
        let [priority, sequence, clock, ..] = columns[..] else { return Err(NoRecord::Columns(columns.len())) };
        let number = |name: &'static str, column: &str| {
            column.parse::<u64>().map_err(|_| NoRecord::Number(name, column.to_owned()))
        };
        let level = number("priority", priority)?;
        Ok(Self {
            facility: u32::try_from(level >> 3).unwrap_or(u32::MAX),
            priority: (level & 7) as u32,
            sequence: number("sequence", sequence)?,
            clock: Duration::from_micros(number("clock from boot", clock)?),
            message: message.to_owned(),
        })
    }

    /// Name of the facility, or its number.
    pub fn facility_name(&self) -> String {
        let name = FACILITIES.get(self.facility as usize);
        name.map_or_else(|| self.facility.to_string(), |name| (*name).to_owned())
    }

    /// Name of the priority.
    pub fn priority_name(&self) -> &'static str {
        PRIORITIES[(self.priority & 7) as usize]
    }
}

/// As the reference counts them: the kernel's `local0` is 16.
const FACILITIES: [&str; 19] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "local0", "local1",
    "local2", "local3", "local4", "local5", "local6", "local7",
];

const PRIORITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn records_have_three_numbers_and_a_message() {
        let record = Record::parse(b"30,339,5140900,-;a; b\n SUBSYSTEM=pci\n").unwrap();
        assert_eq!((record.facility_name().as_str(), record.priority_name(), record.sequence), ("daemon", "info", 339));
        assert_eq!(record.clock, Duration::from_micros(5_140_900));
        assert_eq!(record.message, "a; b\n SUBSYSTEM=pci\n");
        let text = |bytes: &[u8]| Record::parse(bytes).unwrap_err().to_string();
        assert_eq!(text(b"6,1,2"), "kernel message should contain a prefix");
        assert_eq!(text(b"6,1;x"), "message metdata should have at least 3 parts, got 2");
        assert_eq!(text(b"6,x,2;x"), "error parsing sequence: \"x\" is no number");
        assert_eq!(Record::parse(b"888,1,2;x").unwrap().facility_name(), "111");
    }

    /// Datagrams are kept apart as records are.
    #[tokio::test]
    async fn a_reader_can_wait_for_more() {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        let mut log = KernelLog::new(File::from(OwnedFd::from(theirs)), Start::Oldest).unwrap();
        ours.send(b"6,1,2,-;first\n").unwrap();
        assert_eq!(log.next_record().unwrap().unwrap().unwrap().message, "first\n");
        assert!(log.next_record().unwrap().is_none());
        let mut following = log.follow().unwrap();
        let next = std::future::poll_fn(|cx| following.poll_next_record(cx));
        let (next, _) = tokio::join!(next, async {
            tokio::task::yield_now().await;
            ours.send(b"6,2,3,-;second\n").unwrap()
        });
        assert_eq!(next.unwrap().unwrap().message, "second\n");
        drop(ours);
    }
}
