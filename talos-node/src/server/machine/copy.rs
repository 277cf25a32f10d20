//! `Copy`: files and folders as a compressed archive.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::io::Errno;
use talos_api::grpc::status::quoted;
use talos_api::proto::common::{Data, Metadata as Problem};
use talos_api::proto::machine::CopyRequest;
use talos_api::server::failure;
use tar::{EntryType, Header};
use tonic::Status;

use super::multi_error;
use super::pieces::Pieces;
use super::read::{CHUNK, chunk};
use super::walk::{Entry, Found, Walk};
use crate::sys::{Error, Host};

/// An archive under way.
#[derive(Debug)]
pub struct Archive {
    /// Compressed and not yet given out.
    block: Bytes,
    state: State,
    failures: Vec<String>,
}

#[derive(Debug)]
enum State {
    Walking(Walk, GzEncoder<Vec<u8>>),
    Sending(Walk, GzEncoder<Vec<u8>>, Body),
    /// Nothing is left but to say what failed.
    Ending,
    Over,
}

/// Data of a file that are not archived yet.
#[derive(Debug)]
struct Body {
    file: File,
    path: String,
    /// Bytes that the archive was promised, and how many of them are missing.
    size: u64,
    missing: u64,
}

/// Bytes read at a time. Archives are made of blocks of 512 bytes.
const BLOCK: usize = 64 << 10;
const RECORD: u64 = 512;

/// Files that say they are empty are asked for so many bytes; those of the kernel have some.
const PROBE: usize = 4096;

/// Archives a folder without itself, or a single file. Links, devices and pipes are kept as what they are. What fails is
/// left out and told at the end, in the metadata of a message without data, also when nothing is there at all.
///
/// # Errors
/// `Unknown` for a relative path.
pub fn copy(host: &dyn Host, request: &CopyRequest) -> Result<Pieces<Archive>, Status> {
    let path = clean(&request.root_path);
    if !path.starts_with('/') {
        return Err(Status::unknown(format!("path is not absolute {path}")));
    }
    Ok(Pieces::new(match Walk::new(host, &path, None) {
        Ok(walk) => {
            let encoder = GzEncoder::new(Vec::with_capacity(BLOCK), Compression::fast());
            Archive { block: Bytes::new(), state: State::Walking(walk, encoder), failures: Vec::new() }
        }
        Err(error) => Archive { block: Bytes::new(), state: State::Ending, failures: vec![failure::chain(&error)] },
    }))
}

impl Archive {
    /// Goes on until something is to be given out. `None` at the end.
    fn step(&mut self) -> Option<Data> {
        loop {
            if let Some(bytes) = chunk(&mut self.block) {
                return Some(Data { metadata: None, bytes });
            }
            self.state = match std::mem::replace(&mut self.state, State::Over) {
                State::Walking(mut walk, mut encoder) => match walk.next() {
                    Some(entry) => match self.add(&mut encoder, entry) {
                        Some(body) => State::Sending(walk, encoder, body),
                        None => State::Walking(walk, encoder),
                    },
                    None => {
                        self.block = finish(encoder);
                        self.failures = multi_error::text(self.failures.drain(..)).into_iter().collect();
                        State::Ending
                    }
                },
                State::Sending(walk, mut encoder, mut body) => match self.send(&mut encoder, &mut body) {
                    true => State::Sending(walk, encoder, body),
                    false => State::Walking(walk, encoder),
                },
                State::Ending => {
                    let error = self.failures.pop()?;
                    return Some(Data { metadata: Some(Problem { error, ..Problem::default() }), bytes: Bytes::new() });
                }
                State::Over => return None,
            };
            if let State::Walking(_, encoder) | State::Sending(_, encoder, _) = &mut self.state {
                // Only whole messages, so that few of them are short.
                let length = encoder.get_ref().len() / CHUNK * CHUNK;
                if length > 0 {
                    let rest = encoder.get_mut().split_off(length);
                    self.block = std::mem::replace(encoder.get_mut(), rest).into();
                }
            }
        }
    }

    /// Adds what was found; `None` if no data follow.
    fn add(&mut self, encoder: &mut GzEncoder<Vec<u8>>, entry: Entry) -> Option<Body> {
        let path = entry.path.to_string_lossy().into_owned();
        match add(encoder, entry, &path) {
            Ok(body) => body,
            Err(error) => {
                self.skip(&path, error);
                None
            }
        }
    }

    /// Adds a block of a file; `false` at its end.
    fn send(&mut self, encoder: &mut GzEncoder<Vec<u8>>, body: &mut Body) -> bool {
        let mut block = vec![0; BLOCK.min(usize::try_from(body.missing).unwrap_or(BLOCK))];
        let length = match read(&mut body.file, &mut block) {
            Ok(length) => length,
            Err(error) => {
                self.skip(&body.path, Error::io("read", &body.path, error));
                0
            }
        };
        if length == 0 {
            // The archive was promised more: the file became shorter, or cannot be read on.
            pad(encoder, body.missing + padding(body.size));
            return false;
        }
        put(encoder, &block[..length]);
        body.missing -= length as u64;
        if body.missing == 0 {
            pad(encoder, padding(body.size));
        }
        body.missing > 0
    }

    fn skip(&mut self, path: &str, error: impl std::error::Error + 'static) {
        self.failures.push(format!("skipping {}: {}", quoted(path), failure::chain(&error)));
    }
}

impl Iterator for Archive {
    type Item = Result<Data, Status>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().map(Ok)
    }
}

/// Why something is left out.
#[derive(Debug, thiserror::Error)]
enum Skipped {
    #[error("archive/tar: sockets not supported")]
    Socket,
    #[error(transparent)]
    Io(Error),
}

fn add(encoder: &mut GzEncoder<Vec<u8>>, entry: Entry, path: &str) -> Result<Option<Body>, Skipped> {
    let Found { metadata, link } = entry.found.map_err(Skipped::Io)?;
    if entry.depth == 0 && metadata.is_dir() {
        return Ok(None);
    }
    let kind = metadata.file_type();
    let (entry_type, has_data) = match () {
        () if kind.is_dir() => (EntryType::Directory, false),
        () if kind.is_symlink() => (EntryType::Symlink, false),
        () if kind.is_char_device() => (EntryType::Char, false),
        () if kind.is_block_device() => (EntryType::Block, false),
        () if kind.is_fifo() => (EntryType::Fifo, false),
        () if kind.is_socket() => return Err(Skipped::Socket),
        () => (EntryType::Regular, true),
    };
    let failed = |operation, source: io::Error| Skipped::Io(Error::io(operation, path, source));
    let mut file = has_data.then(|| File::open(&entry.real)).transpose().map_err(|source| failed("open", source))?;
    let mut size = if has_data { metadata.len() } else { 0 };
    let mut start = Vec::new();
    if let (Some(open), 0) = (&mut file, size) {
        start = vec![0; PROBE];
        let length = match read(open, &mut start) {
            Ok(length) => length,
            // Some files of the kernel can only be written.
            Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => 0,
            Err(error) => return Err(failed("read", error)),
        };
        // Whoever fills the buffer may have any size; the archive needs to know it before.
        start.truncate(if length < PROBE { length } else { 0 });
        size = start.len() as u64;
        file = None;
    }
    let mut name = entry.relative.as_os_str().as_bytes().to_vec();
    if kind.is_dir() {
        name.push(b'/');
    }
    let mut header = Header::new_gnu();
    header.set_entry_type(entry_type);
    header.set_mode(metadata.mode() & 0o7777);
    header.set_uid(metadata.uid().into());
    header.set_gid(metadata.gid().into());
    header.set_mtime(metadata.mtime().try_into().unwrap_or_default());
    header.set_size(size);
    if let Some(gnu) = header.as_gnu_mut()
        && (kind.is_char_device() || kind.is_block_device())
    {
        gnu.set_device_major(rustix::fs::major(metadata.rdev()));
        gnu.set_device_minor(rustix::fs::minor(metadata.rdev()));
    }
    set_text(encoder, &mut header, EntryType::GNULongName, &name);
    set_text(encoder, &mut header, EntryType::GNULongLink, link.as_os_str().as_bytes());
    header.set_cksum();
    put(encoder, header.as_bytes());
    put(encoder, &start);
    match file {
        Some(file) => Ok(Some(Body { file, path: path.to_owned(), size, missing: size })),
        None => {
            pad(encoder, padding(size));
            Ok(None)
        }
    }
}

/// Writes a name or a target into its field, or, if it does not fit there, as an entry before the entry.
fn set_text(encoder: &mut GzEncoder<Vec<u8>>, header: &mut Header, long: EntryType, text: &[u8]) {
    let old = header.as_old_mut();
    let field = if long == EntryType::GNULongName { &mut old.name } else { &mut old.linkname };
    let length = text.len().min(field.len());
    field[..length].copy_from_slice(&text[..length]);
    if text.len() <= field.len() {
        return;
    }
    let size = text.len() as u64 + 1;
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..LONG.len()].copy_from_slice(LONG);
    header.set_entry_type(long);
    header.set_mode(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_cksum();
    put(encoder, header.as_bytes());
    put(encoder, text);
    pad(encoder, 1 + padding(size));
}

/// What entries are called that hold a long name.
const LONG: &[u8] = b"././@LongLink";

/// Zeroes that follow data of a size.
fn padding(size: u64) -> u64 {
    size.next_multiple_of(RECORD) - size
}

fn pad(encoder: &mut GzEncoder<Vec<u8>>, count: u64) {
    io::copy(&mut io::repeat(0).take(count), encoder).expect(INFALLIBLE);
}

fn put(encoder: &mut GzEncoder<Vec<u8>>, bytes: &[u8]) {
    encoder.write_all(bytes).expect(INFALLIBLE);
}

/// Two empty records end an archive.
fn finish(mut encoder: GzEncoder<Vec<u8>>) -> Bytes {
    pad(&mut encoder, 2 * RECORD);
    encoder.finish().expect(INFALLIBLE).into()
}

const INFALLIBLE: &str = "memory takes all that is written";

fn read(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The shortest path that names the same by its text alone.
fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match (name, names.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => _ = names.pop(),
            ("..", None) if is_absolute => {}
            _ => names.push(name),
        }
    }
    let joined = names.join("/");
    match (is_absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_by_their_text() {
        for (path, cleaned) in [
            ("/a//b/./c/", "/a/b/c"),
            ("/a/../../b", "/b"),
            ("/", "/"),
            ("", "."),
            ("a/..", "."),
            ("../a/../..", "../.."),
        ] {
            assert_eq!(clean(path), cleaned);
        }
    }
}
