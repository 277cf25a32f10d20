//! Entries become files.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::header::{Entry, Kind};
use super::reader::{TarError, Visitor};
use crate::files::{self, Temporary};
use crate::global::Environment;
use crate::go;

/// Makes the files of an archive below a folder. What is there already is never touched; owners are not taken over.
#[derive(Debug)]
pub struct Extract<'e> {
    environment: &'e Environment,
    folder: String,
    current: Option<Current>,
    /// Links made so far. Nothing is written through them, because they lead anywhere.
    links: BTreeSet<String>,
}

/// The file at hand. It gets its name when it is complete.
#[derive(Debug)]
struct Current {
    path: String,
    mode: u32,
    file: Temporary,
}

/// Why an archive cannot be unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The archive is damaged.
    #[error("error reading tar header")]
    Archive(#[from] TarError),
    /// An entry would be written through a link of the archive.
    #[error("entry {} lies behind a symbolic link of the archive", go::quote(.0))]
    BehindLink(String),
    /// An entry has no name.
    #[error("empty tar header path")]
    EmptyPath,
    /// A folder cannot be made.
    #[error("error creating directory {} mode {}", go::quote(path), go::FileMode::from_unix(*mode, go::FileMode::FOLDER))]
    Folder {
        /// Where.
        path: String,
        /// Its permissions.
        mode: u32,
        /// Why not.
        source: files::Error,
    },
    /// A link cannot be made.
    #[error("error creating symlink {} -> {}", go::quote(path), go::quote(target))]
    Link {
        /// Where.
        path: String,
        /// Where it leads.
        target: String,
        /// Why not.
        source: files::Error,
    },
    /// A file cannot be made.
    #[error("error creating file {} mode {}", go::quote(path), go::FileMode::from_unix(*mode, 0))]
    File {
        /// Where.
        path: String,
        /// Its permissions.
        mode: u32,
        /// Why not.
        source: files::Error,
    },
    /// A content cannot be written.
    #[error("error copying data to {}", go::quote(path))]
    Content {
        /// Where.
        path: String,
        /// Why not.
        source: files::Error,
    },
    /// Permissions cannot be set.
    #[error("error updating mode {} for {}", go::FileMode::from_unix(*mode, 0), go::quote(path))]
    Mode {
        /// Where.
        path: String,
        /// The permissions.
        mode: u32,
        /// Why not.
        source: files::Error,
    },
}

impl<'e> Extract<'e> {
    /// Unpacks below a folder, which must be there.
    pub fn new(environment: &'e Environment, folder: &str) -> Self {
        Self { environment, folder: folder.to_owned(), current: None, links: BTreeSet::new() }
    }

    /// Path of the file that is being written.
    pub fn current(&self) -> Option<&str> {
        self.current.as_ref().map(|current| current.path.as_str())
    }

    fn folder(&self, path: String, mode: u32) -> Result<(), ExtractError> {
        // What is below must have a place to go.
        let mode = mode | 0o700;
        let full = self.environment.path(&path);
        if let Err(source) = files::make_folder(&full, mode) {
            let source = files::failure("mkdir", &path, source);
            return Err(ExtractError::Folder { path, mode, source });
        }
        set_mode(&full, mode).map_err(|source| mode_failure(path, mode, source))
    }

    fn link(&mut self, path: String, target: String) -> Result<(), ExtractError> {
        match symlink(&target, &self.environment.path(&path)) {
            Ok(()) => {
                self.links.insert(path);
                Ok(())
            }
            Err(source) => {
                let both = format!("{target} {path}");
                Err(ExtractError::Link { path, target, source: files::failure("symlink", &both, source) })
            }
        }
    }

    fn file(&mut self, path: String, mode: u32) -> Result<(), ExtractError> {
        let full = self.environment.path(&path);
        let file = if fs::symlink_metadata(&full).is_ok() {
            Err(io::ErrorKind::AlreadyExists.into())
        } else {
            Temporary::beside(&full, mode & 0o700)
        };
        match file {
            Ok(file) => {
                self.current = Some(Current { path, mode, file });
                Ok(())
            }
            Err(source) => {
                let source = files::failure("open", &path, source);
                Err(ExtractError::File { path, mode, source })
            }
        }
    }
}

impl Visitor for Extract<'_> {
    type Error = ExtractError;

    fn begin(&mut self, entry: Entry) -> Result<(), ExtractError> {
        let inside = inside(&entry.path);
        if inside.is_empty() {
            return Err(ExtractError::EmptyPath);
        }
        let path = go::path::join(&self.folder, &inside);
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        if above.into_iter().any(|folder| self.links.contains(folder)) {
            return Err(ExtractError::BehindLink(entry.path));
        }
        match entry.kind {
            Kind::Folder => self.folder(path, entry.mode),
            Kind::Link => self.link(path, entry.target),
            Kind::File => self.file(path, entry.mode),
        }
    }

    fn content(&mut self, piece: &[u8]) -> Result<(), ExtractError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        current.file.file().write_all(piece).map_err(|source| ExtractError::Content {
            path: current.path.clone(),
            source: files::failure("write", &current.path, source),
        })
    }

    fn end(&mut self) -> Result<(), ExtractError> {
        let Some(Current { path, mode, mut file }) = self.current.take() else { return Ok(()) };
        if let Err(source) = set_file_mode(file.file(), mode) {
            return Err(mode_failure(path, mode, source));
        }
        let full = self.environment.path(&path);
        file.rename(&full).map_err(|source| {
            let source = files::failure("rename", &path, source);
            ExtractError::File { path, mode, source }
        })
    }
}

fn mode_failure(path: String, mode: u32, source: io::Error) -> ExtractError {
    let source = files::failure("chmod", &path, source);
    ExtractError::Mode { path, mode, source }
}

/// The path without what leads out of the folder: `/a/../../b` is `b`.
fn inside(path: &str) -> String {
    let rooted = go::path::clean(&format!("/{path}"));
    rooted.trim_start_matches('/').to_owned()
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(unix)]
fn set_file_mode(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(unix)]
fn symlink(target: &str, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn set_file_mode(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(windows)]
fn symlink(target: &str, path: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for (path, want) in [
            ("a/b", "a/b"),
            ("/abs/../cleaned", "cleaned"),
            ("../../etc/passwd", "etc/passwd"),
            ("/", ""),
            (".", ""),
            ("", ""),
        ] {
            assert_eq!(inside(path), want, "{path}");
        }
    }
}
