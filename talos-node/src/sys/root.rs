//! The folder that is a machine's `/`.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::error::{Error, Malformed};

/// Files of a machine. Paths are those on the machine, and so are the paths in errors.
#[derive(Clone, Debug)]
pub(crate) struct Root(PathBuf);

impl Root {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where a path of the machine is for this process.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.0.join(path.strip_prefix("/").unwrap_or(path))
    }

    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        fs::read(self.path(path)).map_err(|source| Error::io("open", path, source))
    }

    /// Reads a file and what it says.
    pub(crate) fn parse<T>(&self, path: &str, parse: impl FnOnce(&[u8]) -> Result<T, Malformed>) -> Result<T, Error> {
        parse(&self.read(path)?).map_err(|source| Error::Content { path: path.into(), source })
    }

    /// One word or line without the blanks around it; nothing if the file is not there or cannot be read.
    pub(crate) fn word(&self, path: &str) -> Option<String> {
        let bytes = fs::read(self.path(path)).ok()?;
        let word = String::from_utf8_lossy(bytes.trim_ascii()).into_owned();
        (!word.is_empty()).then_some(word)
    }

    /// Target of a symbolic link, as it is written there.
    pub(crate) fn link(&self, path: &str) -> Option<PathBuf> {
        fs::read_link(self.path(path)).ok()
    }

    /// Names in a folder, sorted.
    pub(crate) fn names(&self, path: &str) -> Result<Vec<String>, Error> {
        let failed = |source| Error::io("open", path, source);
        let entries = fs::read_dir(self.path(path)).map_err(failed)?;
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry.map_err(failed)?.file_name().into_string());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Fills the buffer with the beginning of a file, in one go. Files of the kernel answer whole to one question, and
    /// those who vanish meanwhile do so between two.
    pub(crate) fn beginning<'b>(&self, path: &str, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let mut file = File::open(self.path(path)).ok()?;
        loop {
            match file.read(buffer) {
                Ok(length) => return Some(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
    }
}
