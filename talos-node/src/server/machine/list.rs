//! `List`: what is in folders.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{FileType, Mode};
use talos_api::proto::machine::list_request::Type;
use talos_api::proto::machine::{FileInfo, ListRequest};
use talos_api::server::failure;
use tonic::Status;

use super::pieces::Pieces;
use super::walk::{Entry, Found, Walk};
use super::{absolute, unanswered};
use crate::sys::Host;

/// What is found below a root.
#[derive(Debug)]
pub struct Listing {
    walk: Walk,
    /// Kinds to tell of; all if there are none.
    types: Vec<Type>,
}

/// Lists a root, and what is in it if it is a folder. Without `recurse` that is all; with it, `recursion_depth` levels
/// follow, or all if that is 0. What cannot be looked at is told in its entry.
///
/// # Errors
/// `Unknown` when the root is not there.
pub fn list(host: &dyn Host, request: ListRequest) -> Result<Pieces<Listing>, Status> {
    let limit = match request.recurse {
        false => Some(0),
        true => usize::try_from(request.recursion_depth).ok().filter(|depth| *depth > 0),
    };
    let types = request.types().collect();
    let walk = Walk::new(host, &absolute(&request.root), limit).map_err(unanswered)?;
    Ok(Pieces::new(Listing { walk, types }))
}

impl Iterator for Listing {
    type Item = Result<FileInfo, Status>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = self.walk.next()?;
            let is_wanted = match &entry.found {
                Err(_) => true,
                Ok(found) => self.types.is_empty() || self.types.iter().any(|kind| is(found, *kind)),
            };
            if is_wanted {
                return Some(Ok(describe(entry)));
            }
        }
    }
}

fn is(found: &Found, kind: Type) -> bool {
    match kind {
        Type::Regular => found.metadata.is_file(),
        Type::Directory => found.metadata.is_dir(),
        Type::Symlink => found.metadata.is_symlink(),
    }
}

fn describe(entry: Entry) -> FileInfo {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let info = FileInfo { name: text(&entry.path), relative_name: text(&entry.relative), ..FileInfo::default() };
    match entry.found {
        Err(error) => FileInfo { error: failure::chain(&error), ..info },
        Ok(Found { metadata, link }) => FileInfo {
            size: metadata.len().try_into().unwrap_or(i64::MAX),
            mode: mode(&metadata),
            modified: metadata.mtime(),
            is_dir: metadata.is_dir(),
            link: text(&link),
            uid: metadata.uid(),
            gid: metadata.gid(),
            ..info
        },
    }
}

/// Kind and permissions in the bits of Go's `FileMode`.
fn mode(metadata: &Metadata) -> u32 {
    let mode = metadata.mode();
    let kind = match FileType::from_raw_mode(mode) {
        FileType::RegularFile => 0,
        FileType::Directory => 1 << 31,
        FileType::Symlink => 1 << 27,
        FileType::BlockDevice => 1 << 26,
        FileType::CharacterDevice => 1 << 26 | 1 << 21,
        FileType::Fifo => 1 << 25,
        FileType::Socket => 1 << 24,
        FileType::Unknown => 1 << 19,
    };
    let special = [(Mode::SUID, 1 << 23), (Mode::SGID, 1 << 22), (Mode::SVTX, 1 << 20)];
    let special = special.into_iter().filter(|(bit, _)| mode & bit.bits() != 0).map(|(_, bit)| bit);
    special.fold(mode & 0o777 | kind, |mode, bit| mode | bit)
}
