//! `Read`: the content of a file.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use talos_api::proto::common::Data;
use talos_api::proto::machine::ReadRequest;
use tonic::Status;

use super::pieces::Pieces;
use super::unanswered;
use crate::sys::{Error, Host};

/// Most bytes of a message.
pub(super) const CHUNK: usize = 1024;

/// Bytes read at a time; messages are parts of them.
const BLOCK: usize = 64 << 10;

/// What is in a file.
#[derive(Debug)]
pub struct Content {
    file: File,
    path: PathBuf,
    /// Read and not yet given out.
    block: Bytes,
    is_over: bool,
}

/// Reads a file, or what a link leads to, up to where it ends when it is read.
///
/// # Errors
/// `Unknown` for what is no regular file, or cannot be opened.
pub fn read(host: &dyn Host, request: &ReadRequest) -> Result<Pieces<Content>, Status> {
    let path = Path::new(&request.path);
    let real = host.path(path);
    // Looked at before it is opened: opening a pipe or a device waits, or does something.
    let metadata = fs::metadata(&real).map_err(|source| unanswered(Error::io("stat", path, source)))?;
    if !metadata.is_file() {
        return Err(Status::unknown("path must be a regular file"));
    }
    let file = File::open(&real).map_err(|source| unanswered(Error::io("open", path, source)))?;
    Ok(Pieces::new(Content { file, path: path.to_owned(), block: Bytes::new(), is_over: false }))
}

impl Content {
    fn fill(&mut self) -> Result<(), Error> {
        let mut block = vec![0; BLOCK];
        loop {
            match self.file.read(&mut block) {
                Ok(length) => {
                    block.truncate(length);
                    self.block = block.into();
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("read", &self.path, error)),
            }
        }
    }
}

impl Iterator for Content {
    type Item = Result<Data, Status>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.block.is_empty() && !self.is_over {
            if let Err(error) = self.fill() {
                self.is_over = true;
                return Some(Err(unanswered(error)));
            }
            self.is_over = self.block.is_empty();
        }
        chunk(&mut self.block).map(|bytes| Ok(Data { metadata: None, bytes }))
    }
}

/// Takes one message's bytes away from a block; `None` if it is empty.
pub(super) fn chunk(block: &mut Bytes) -> Option<Bytes> {
    (!block.is_empty()).then(|| block.split_to(block.len().min(CHUNK)))
}
