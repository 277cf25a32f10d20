//! Writing of zip archives, as much of it as a bundle of logs needs: compressed files, all of the same date.

use std::fmt;
use std::io::{self, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// A file of an archive, compressed while it is written.
pub struct Entry {
    name: String,
    content: DeflateEncoder<Vec<u8>>,
    checksum: Crc,
    size: u64,
}

/// The archive would not fit the format: it has room for 65535 files, and for 4 GiB of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the archive would be too large")]
pub struct TooLarge;

/// Version of the format that is needed to read it, 2.0; and the same made on a system with file modes.
const VERSION: u16 = 20;
const MADE_BY: u16 = 3 << 8 | VERSION;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
const DEFLATE: u16 = 8;
/// Midnight, and the first day the format knows: the same content makes the same archive.
const TIME: u16 = 0;
const DATE: u16 = 1 << 5 | 1;
/// A file that all may read.
const MODE: u32 = 0o100_644 << 16;

impl Entry {
    /// A file without content; `name` is its path, with slashes.
    pub fn new(name: impl Into<String>) -> Self {
        let content = DeflateEncoder::new(Vec::new(), Compression::default());
        Self { name: name.into(), content, checksum: Crc::new(), size: 0 }
    }

    /// Its path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds to its content.
    pub fn push(&mut self, bytes: &[u8]) {
        self.content.write_all(bytes).expect("memory takes everything");
        self.checksum.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// What stands before the content and, with more around it, in the directory.
    fn head(&self, compressed: usize) -> Result<Vec<u8>, TooLarge> {
        let mut head = Vec::with_capacity(26 + self.name.len());
        for number in [VERSION, FLAGS, DEFLATE, TIME, DATE] {
            head.extend(number.to_le_bytes());
        }
        for number in [self.checksum.sum(), short(compressed)?, short(self.size)?] {
            head.extend(number.to_le_bytes());
        }
        head.extend(u16::try_from(self.name.len()).map_err(|_| TooLarge)?.to_le_bytes());
        head.extend(0u16.to_le_bytes());
        Ok(head)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).field("size", &self.size).finish_non_exhaustive()
    }
}

/// Writes an archive of these files, in the order of their names.
///
/// # Errors
/// Those of the stream; one that holds [`TooLarge`].
pub fn write(mut entries: Vec<Entry>, to: &mut impl Write) -> io::Result<()> {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let count = u16::try_from(entries.len()).map_err(|_| too_large(TooLarge))?;
    let (mut directory, mut at) = (Vec::new(), 0usize);
    for mut entry in entries {
        entry.content.try_finish()?;
        let head = entry.head(entry.content.get_ref().len()).map_err(too_large)?;
        directory.extend(b"PK\x01\x02");
        directory.extend(MADE_BY.to_le_bytes());
        directory.extend(&head);
        // No comment, first disk, no kind.
        directory.extend([0; 6]);
        directory.extend(MODE.to_le_bytes());
        directory.extend(short(at).map_err(too_large)?.to_le_bytes());
        directory.extend(entry.name.as_bytes());
        for part in [b"PK\x03\x04", head.as_slice(), entry.name.as_bytes(), entry.content.get_ref()] {
            to.write_all(part)?;
            at += part.len();
        }
    }
    let (start, length) = (short(at).map_err(too_large)?, short(directory.len()).map_err(too_large)?);
    directory.extend(b"PK\x05\x06");
    directory.extend([0; 4]);
    for number in [count, count] {
        directory.extend(number.to_le_bytes());
    }
    for number in [length, start] {
        directory.extend(number.to_le_bytes());
    }
    directory.extend([0; 2]);
    to.write_all(&directory)
}

fn short(number: impl TryInto<u32>) -> Result<u32, TooLarge> {
    number.try_into().map_err(|_| TooLarge)
}

fn too_large(error: TooLarge) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, error)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn archives_hold_what_was_put_in() {
        let text = b"line\n".repeat(1000);
        let mut entries = Vec::new();
        for (name, content) in [("b/two.log", text.as_slice()), ("a", b"")] {
            let mut entry = Entry::new(name);
            content.chunks(7).for_each(|piece| entry.push(piece));
            entries.push(entry);
        }
        let mut archive = Vec::new();
        write(entries, &mut archive).unwrap();
        let number = |at: usize, length: usize| {
            archive[at..at + length].iter().rev().fold(0usize, |number, byte| number << 8 | usize::from(*byte))
        };
        let end = archive.len() - 22;
        assert_eq!((&archive[end..end + 4], number(end + 10, 2)), (&b"PK\x05\x06"[..], 2));
        let mut at = number(end + 16, 4);
        for (name, content) in [("a", &b""[..]), ("b/two.log", &text)] {
            assert_eq!((&archive[at..at + 4], number(at + 28, 2)), (&b"PK\x01\x02"[..], name.len()));
            assert_eq!(&archive[at + 46..at + 46 + name.len()], name.as_bytes());
            let (start, packed) = (number(at + 42, 4), number(at + 20, 4));
            assert_eq!(archive[start + 4..start + 30], archive[at + 6..at + 32], "both heads agree");
            let body = start + 30 + name.len();
            let mut unpacked = Vec::new();
            let packed = &archive[body..body + packed];
            flate2::read::DeflateDecoder::new(packed).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, content);
            let mut checksum = Crc::new();
            checksum.update(content);
            assert_eq!((number(at + 16, 4), number(at + 24, 4)), (checksum.sum() as usize, content.len()));
            at += 46 + name.len();
        }
        assert_eq!(at, end);
    }
}
