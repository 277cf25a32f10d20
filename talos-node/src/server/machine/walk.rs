//! Walks through folders.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::vec;

use crate::sys::{Error, Host};

/// A walk from a root downwards, in lexical order, each folder before what is in it. Only the names of folders on the way to
/// the present place are kept. Symbolic links are not followed, but for the root.
#[derive(Debug)]
pub(super) struct Walk {
    /// The root, until it was visited.
    root: Option<Place>,
    levels: Vec<Level>,
    /// Folders at this depth are not entered.
    limit: Option<usize>,
    is_from_top: bool,
}

/// Something on the way.
#[derive(Debug)]
pub(super) struct Entry {
    /// Path on the machine.
    pub(super) path: PathBuf,
    /// Path from the root; of a root that is no folder, its name; empty when something failed.
    pub(super) relative: PathBuf,
    /// Number of steps from the root.
    pub(super) depth: usize,
    /// The same as the reference counts it: slashes, which are as many in `/` as in what it holds.
    pub(super) slashes: usize,
    /// Path for this process.
    pub(super) real: PathBuf,
    /// What it is.
    pub(super) found: Result<Found, Error>,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    /// Of the thing itself, not of what it may link to.
    pub(super) metadata: Metadata,
    /// Target of a symbolic link.
    pub(super) link: PathBuf,
}

#[derive(Clone, Debug)]
struct Place {
    path: PathBuf,
    real: PathBuf,
    relative: PathBuf,
}

#[derive(Debug)]
struct Level {
    folder: Place,
    names: vec::IntoIter<OsString>,
}

impl Walk {
    /// Starts at an absolute path. With a limit of 0 the root and what is in it are visited, else as many levels below it;
    /// below `/` one more, as the reference counts slashes.
    ///
    /// # Errors
    /// When the root is not there.
    pub(super) fn new(host: &dyn Host, root: &str, limit: Option<usize>) -> Result<Self, Error> {
        let (mut path, mut real) = (PathBuf::from(root), host.path(Path::new(root)));
        let metadata = fs::symlink_metadata(&real).map_err(|source| Error::io("lstat", root, source))?;
        if metadata.is_symlink() {
            real = fs::canonicalize(&real).map_err(|source| Error::io("lstat", root, source))?;
            let top = fs::canonicalize(host.path(Path::new("/"))).unwrap_or_else(|_| PathBuf::from("/"));
            path = real.strip_prefix(&top).map_or_else(|_| real.clone(), |below| Path::new("/").join(below));
        }
        let is_from_top = path == Path::new("/");
        let limit = limit.map(|limit| match limit {
            0 => 1,
            limit => limit + usize::from(is_from_top),
        });
        let relative = PathBuf::from(".");
        Ok(Self { root: Some(Place { path, real, relative }), levels: Vec::new(), limit, is_from_top })
    }

    fn visit(&mut self, place: Place) -> Entry {
        let depth = self.levels.len();
        let found = look(&place);
        let Place { path, real, mut relative } = place;
        let found = found.and_then(|found| {
            if !found.metadata.is_dir() || self.limit.is_some_and(|limit| depth >= limit) {
                return Ok(found);
            }
            let mut names = Vec::new();
            let failed = |source| Error::io("open", &path, source);
            for entry in fs::read_dir(&real).map_err(failed)? {
                names.push(entry.map_err(failed)?.file_name());
            }
            names.sort_unstable();
            let folder = Place { path: path.clone(), real: real.clone(), relative: relative.clone() };
            self.levels.push(Level { folder, names: names.into_iter() });
            Ok(found)
        });
        match &found {
            Ok(found) if depth == 0 && !found.metadata.is_dir() => {
                relative = path.file_name().map(PathBuf::from).unwrap_or_default();
            }
            Ok(_) => {}
            Err(_) => relative = PathBuf::new(),
        }
        let slashes = depth.saturating_sub(usize::from(self.is_from_top));
        Entry { path, relative, depth, slashes, real, found }
    }
}

fn look(place: &Place) -> Result<Found, Error> {
    let metadata = fs::symlink_metadata(&place.real).map_err(|source| Error::io("lstat", &place.path, source))?;
    let link = match metadata.is_symlink() {
        true => fs::read_link(&place.real).map_err(|source| Error::io("readlink", &place.path, source))?,
        false => PathBuf::new(),
    };
    Ok(Found { metadata, link })
}

impl Iterator for Walk {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if let Some(root) = self.root.take() {
            return Some(self.visit(root));
        }
        loop {
            let Level { folder, names } = self.levels.last_mut()?;
            let Some(name) = names.next() else {
                self.levels.pop();
                continue;
            };
            let relative = match folder.relative.as_os_str() == "." {
                true => PathBuf::from(&name),
                false => folder.relative.join(&name),
            };
            let place = Place { path: folder.path.join(&name), real: folder.real.join(&name), relative };
            return Some(self.visit(place));
        }
    }
}
