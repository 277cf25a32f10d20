//! Files of the user: reading, and writing so that a run that is cut off leaves the old file or the new one.
//!
//! A file is written beside its target as `.talosctl-PROCESS-N.tmp`, synced and renamed; a run that is killed in between
//! leaves that file behind, with the mode of the target. What somebody would notice stays as if the file had been written
//! in place: links are followed, an existing file keeps its mode and owner, a file without
//! write permission is refused. Three things cannot be replaced by renaming and are written in place: devices and pipes,
//! files in folders that take no new file, files whose owner cannot be kept (and mount points, which only show when the
//! renaming fails).
//!
//! On systems other than Unix, modes given here have no effect, new files take the rights of their folder, and a
//! read-only attribute is kept; renaming replaces there as well.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;

use crate::global::Environment;
use crate::go;

/// Mode of files with secrets.
pub const PRIVATE: u32 = 0o600;
/// Mode of files others may read, before the process' mask.
pub const PUBLIC: u32 = 0o644;

/// A file operation failed. With its cause: `open x.yaml: no such file or directory`.
#[derive(Debug, thiserror::Error)]
#[error("{operation} {path}")]
pub struct Error {
    /// What was tried, a word such as `open`.
    pub operation: &'static str,
    /// The path as the user gave it.
    pub path: String,
    /// What the system said.
    pub source: SystemError,
}

/// An error of the operating system, worded the same on every platform.
#[derive(Debug)]
pub struct SystemError(pub io::Error);

/// A file is in the way.
#[derive(Debug, thiserror::Error)]
#[error("file {} already exists, use --force to overwrite", go::quote(.path))]
pub struct AlreadyExists {
    /// The path as the user gave it.
    pub path: String,
}

/// Something else than a folder.
#[derive(Debug, thiserror::Error)]
#[error("{} is not a directory", go::quote(.path))]
pub struct NotAFolder {
    /// The path as the user gave it.
    pub path: String,
}

/// Reads a whole file.
///
/// # Errors
/// [`Error`] with the operations `open` and `read`.
pub fn read(environment: &Environment, path: &str) -> Result<Vec<u8>, Error> {
    let mut file = File::open(environment.path(path)).map_err(|e| failure("open", path, e))?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.read_to_end(&mut bytes).map_err(|e| failure("read", path, e))?;
    Ok(bytes)
}

/// Reads a whole file of YAML. What goes wrong after the opening counts as a fault of the decoding, which the reference
/// begins before it has read all.
///
/// # Errors
/// [`Error`] with the operations `open` and `read`.
pub fn read_yaml(environment: &Environment, path: &str) -> anyhow::Result<Vec<u8>> {
    match read(environment, path) {
        Err(error) if error.operation == "read" => Err(error).context("yaml: input error"),
        result => Ok(result?),
    }
}

/// True if something is there, a broken link aside.
pub fn exists(environment: &Environment, path: &str) -> bool {
    fs::metadata(environment.path(path)).is_ok()
}

/// True if nothing is there, and not when that cannot be told.
pub fn missing(environment: &Environment, path: &str) -> bool {
    fs::metadata(environment.path(path)).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Makes sure that there is a folder.
///
/// # Errors
/// [`NotAFolder`], or [`Error`] with the operation `stat`.
pub fn require_folder(environment: &Environment, path: &str) -> anyhow::Result<()> {
    let metadata = fs::metadata(environment.path(path)).map_err(|e| failure("stat", path, e))?;
    if metadata.is_dir() { Ok(()) } else { Err(NotAFolder { path: path.to_owned() }.into()) }
}

/// Makes sure that nothing is at `path`, unless the user forces it.
///
/// # Errors
/// [`AlreadyExists`].
pub fn refuse_existing(environment: &Environment, path: &str, force: bool) -> Result<(), AlreadyExists> {
    if !force && exists(environment, path) {
        return Err(AlreadyExists { path: path.to_owned() });
    }
    Ok(())
}

/// Writes a whole file, replacing what is there. `mode` is for new files, less the mask of the process; an existing file
/// keeps its own, and is writable for its owner.
///
/// # Errors
/// [`Error`] with the operations `open`, `write` and `rename`.
pub fn write(environment: &Environment, path: &str, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let target = environment.path(path);
    // What cannot be the name of a file is left to the system to refuse.
    let nameless = path.is_empty() || path.ends_with('/');
    match if nameless { Err(Refusal::NotReplaceable) } else { replace(&target, bytes, mode) } {
        Ok(()) => Ok(()),
        Err(Refusal::Failed(operation, error)) => Err(failure(operation, path, error)),
        Err(Refusal::NotReplaceable) => {
            let mut file =
                options(mode).create(true).truncate(true).open(&target).map_err(|e| failure("open", path, e))?;
            file.write_all(bytes).map_err(|e| failure("write", path, e))?;
            // Devices and pipes have nothing to sync.
            let _ = file.sync_all();
            Ok(())
        }
    }
}

/// Makes a folder and those above it, as far as they are missing; `mode` is for new ones, less the mask.
///
/// # Errors
/// [`Error`] with the operation `mkdir`.
pub fn make_folders(environment: &Environment, path: &str, mode: u32) -> Result<(), Error> {
    let full = environment.path(path);
    match fs::metadata(&full) {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => return Err(failure("mkdir", path, io::ErrorKind::NotADirectory.into())),
        Err(_) => {}
    }
    if let Some(parent) = Path::new(path).parent().and_then(Path::to_str).filter(|parent| !parent.is_empty()) {
        make_folders(environment, parent, mode)?;
    }
    match make_folder(&full, mode) {
        Err(_) if full.is_dir() => Ok(()),
        result => result.map_err(|e| failure("mkdir", path, e)),
    }
}

/// The path of the folder a file is in, in the shortest form; `.` for a bare name. A path that ends in `/` is that of its
/// own folder.
pub fn folder_of(path: &str) -> String {
    go::path::clean(path.rfind('/').map_or("", |slash| &path[..=slash]))
}

pub(crate) fn failure(operation: &'static str, path: &str, error: io::Error) -> Error {
    Error { operation, path: path.to_owned(), source: SystemError(error) }
}

enum Refusal {
    /// The file must be written in place.
    NotReplaceable,
    Failed(&'static str, io::Error),
}

fn replace(target: &Path, bytes: &[u8], mode: u32) -> Result<(), Refusal> {
    let (target, existing) = match fs::canonicalize(target) {
        Ok(real) => {
            // What may not be written must not be replaced either.
            let file = OpenOptions::new().write(true).open(&real).map_err(|e| Refusal::Failed("open", e))?;
            let metadata = file.metadata().map_err(|e| Refusal::Failed("stat", e))?;
            if !metadata.is_file() {
                return Err(Refusal::NotReplaceable);
            }
            (real, Some(metadata))
        }
        Err(_) if fs::symlink_metadata(target).is_ok() => return Err(Refusal::NotReplaceable),
        Err(_) => (target.to_owned(), None),
    };
    let mut temporary = match Temporary::beside(&target, mode) {
        Ok(temporary) => temporary,
        Err(_) if existing.is_some() => return Err(Refusal::NotReplaceable),
        Err(error) => return Err(Refusal::Failed("open", error)),
    };
    if let Some(existing) = &existing {
        keep_owner_and_mode(&temporary.file, existing).map_err(|_| Refusal::NotReplaceable)?;
    }
    let written = temporary.file.write_all(bytes).and_then(|()| temporary.file.sync_all());
    written.map_err(|e| Refusal::Failed("write", e))?;
    match fs::rename(&temporary.path, &target) {
        Ok(()) => {
            temporary.renamed = true;
            sync_folder(&target);
            Ok(())
        }
        Err(_) if existing.is_some() => Err(Refusal::NotReplaceable),
        Err(error) => Err(Refusal::Failed("rename", error)),
    }
}

/// A file that is removed again unless it gets its final name.
#[derive(Debug)]
pub(crate) struct Temporary {
    file: File,
    path: PathBuf,
    renamed: bool,
}

impl Temporary {
    /// Makes a file in the folder of its future name, with a mode less the mask of the process.
    pub(crate) fn beside(target: &Path, mode: u32) -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = target.parent().unwrap_or(Path::new(""));
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!(".talosctl-{}-{number}.tmp", std::process::id()));
            match options(mode).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(file) => return Ok(Self { file, path, renamed: false }),
            }
        }
    }

    /// Makes or empties a file with a certain temporary name.
    #[cfg(feature = "online")]
    pub(crate) fn named(path: &Path, mode: u32) -> io::Result<Self> {
        let file = options(mode).create(true).truncate(true).open(path)?;
        Ok(Self { file, path: path.to_owned(), renamed: false })
    }

    /// The file, for writing.
    #[cfg(feature = "online")]
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives the file its name, which replaces what has it now.
    #[cfg(feature = "online")]
    pub(crate) fn rename(&mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.renamed = true;
        sync_folder(target);
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes a file that must not be there.
#[cfg(feature = "online")]
pub(crate) fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    options(mode).create_new(true).open(path)
}

#[cfg(unix)]
fn options(mode: u32) -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).mode(mode);
    options
}

#[cfg(not(unix))]
fn options(_mode: u32) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    options
}

#[cfg(unix)]
fn keep_owner_and_mode(file: &File, existing: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (existing.uid(), existing.gid()) {
        fchown(file, Some(existing.uid()), Some(existing.gid()))?;
    }
    // A file that only the superuser could write, and did: its owner can write it from now on.
    file.set_permissions(fs::Permissions::from_mode(existing.mode() | 0o200))
}

#[cfg(not(unix))]
fn keep_owner_and_mode(file: &File, existing: &fs::Metadata) -> io::Result<()> {
    file.set_permissions(existing.permissions())
}

#[cfg(unix)]
pub(crate) fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(mode).create(path)
}

#[cfg(not(unix))]
pub(crate) fn make_folder(path: &Path, _mode: u32) -> io::Result<()> {
    fs::create_dir(path)
}

/// Makes the renaming last through a loss of power, where folders can be synced.
fn sync_folder(file: &Path) {
    if cfg!(unix)
        && let Some(folder) = file.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

impl std::error::Error for SystemError {}

impl std::fmt::Display for SystemError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

impl SystemError {
    fn text(&self) -> Cow<'static, str> {
        use io::ErrorKind as Kind;
        let known = match self.0.kind() {
            Kind::NotFound => "no such file or directory",
            Kind::PermissionDenied if self.0.raw_os_error() == Some(1) => "operation not permitted",
            Kind::PermissionDenied => "permission denied",
            Kind::AlreadyExists => "file exists",
            Kind::NotADirectory => "not a directory",
            Kind::IsADirectory => "is a directory",
            Kind::DirectoryNotEmpty => "directory not empty",
            Kind::ReadOnlyFilesystem => "read-only file system",
            Kind::StorageFull => "no space left on device",
            Kind::QuotaExceeded => "disk quota exceeded",
            Kind::FileTooLarge => "file too large",
            Kind::ResourceBusy => "device or resource busy",
            Kind::ExecutableFileBusy => "text file busy",
            Kind::CrossesDevices => "invalid cross-device link",
            Kind::InvalidFilename => "file name too long",
            Kind::InvalidInput => "invalid argument",
            Kind::BrokenPipe => "broken pipe",
            _ => "",
        };
        if !known.is_empty() {
            return known.into();
        }
        let text = self.0.to_string();
        let text = text.split(" (os error ").next().unwrap_or(&text);
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect()).into()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    /// A folder that goes away with the test.
    struct Folder(PathBuf, Environment);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("talosctl-files-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path.clone(), Environment::new([], path))
        }

        fn mode(&self, path: &str) -> u32 {
            fs::metadata(self.0.join(path)).unwrap().permissions().mode() & 0o7777
        }

        fn names(&self) -> Vec<String> {
            let names = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<_> = names.collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn chain(error: &Error) -> String {
        format!("{error}: {}", error.source)
    }

    #[test]
    fn new_files_take_the_mode_and_existing_ones_keep_theirs() {
        let folder = Folder::new("modes");
        write(&folder.1, "new", b"1", PRIVATE).unwrap();
        assert_eq!(folder.mode("new"), 0o600);
        fs::set_permissions(folder.0.join("new"), fs::Permissions::from_mode(0o640)).unwrap();
        let before = fs::metadata(folder.0.join("new")).unwrap().ino();
        write(&folder.1, "new", b"22", PRIVATE).unwrap();
        assert_eq!(folder.mode("new"), 0o640);
        assert_ne!(fs::metadata(folder.0.join("new")).unwrap().ino(), before, "the file is another one");
        assert_eq!(read(&folder.1, "new").unwrap(), b"22");
        assert_eq!(folder.names(), ["new"]);
    }

    #[test]
    fn links_are_followed() {
        let folder = Folder::new("links");
        write(&folder.1, "real", b"1", PUBLIC).unwrap();
        symlink("real", folder.0.join("link")).unwrap();
        symlink("later", folder.0.join("broken")).unwrap();
        write(&folder.1, "link", b"2", PUBLIC).unwrap();
        write(&folder.1, "broken", b"3", PUBLIC).unwrap();
        assert!(folder.0.join("link").is_symlink() && folder.0.join("broken").is_symlink());
        assert_eq!(read(&folder.1, "real").unwrap(), b"2");
        assert_eq!(read(&folder.1, "later").unwrap(), b"3");
        assert_eq!(folder.names(), ["broken", "later", "link", "real"]);
    }

    #[test]
    fn devices_are_written_in_place() {
        write(&Environment::empty(), "/dev/null", b"x", PUBLIC).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn failures_have_the_known_texts() {
        let folder = Folder::new("failures");
        write(&folder.1, "file", b"", PUBLIC).unwrap();
        assert_eq!(chain(&read(&folder.1, "nope").unwrap_err()), "open nope: no such file or directory");
        assert_eq!(chain(&read(&folder.1, ".").unwrap_err()), "read .: is a directory");
        assert_eq!(chain(&read(&folder.1, "a\0b").unwrap_err()), "open a\0b: invalid argument");
        let unwritten = write(&folder.1, "d/file", b"", PUBLIC).unwrap_err();
        assert_eq!(chain(&unwritten), "open d/file: no such file or directory");
        for path in [".", "new/", "file/"] {
            let refused = write(&folder.1, path, b"", PUBLIC).unwrap_err();
            assert_eq!(chain(&refused), format!("open {path}: is a directory"));
        }
        assert_eq!(
            format!("{:#}", read_yaml(&folder.1, ".").unwrap_err()),
            "yaml: input error: read .: is a directory"
        );
        assert!(missing(&folder.1, "nope") && !missing(&folder.1, "file") && !missing(&folder.1, "file/x"));
        assert_eq!(chain(&make_folders(&folder.1, "file/x", 0o700).unwrap_err()), "mkdir file: not a directory");
        assert_eq!(folder.names(), ["file"]);
    }

    #[test]
    fn folders_are_made_as_far_as_missing() {
        let folder = Folder::new("folders");
        make_folders(&folder.1, "a/b", 0o700).unwrap();
        make_folders(&folder.1, "a/b/", 0o755).unwrap();
        assert_eq!((folder.mode("a"), folder.mode("a/b")), (0o700, 0o700));
        for (path, folder) in [("x", "."), ("a/x", "a"), ("/x", "/"), ("a/", "a"), ("a/../x", "."), ("a//b/./x", "a/b")]
        {
            assert_eq!(folder_of(path), folder);
        }
    }

    #[test]
    fn existing_files_are_refused_unless_forced() {
        let folder = Folder::new("existing");
        write(&folder.1, "a\"b", b"", PUBLIC).unwrap();
        let refused = refuse_existing(&folder.1, "a\"b", false).unwrap_err();
        assert_eq!(refused.to_string(), r#"file "a\"b" already exists, use --force to overwrite"#);
        refuse_existing(&folder.1, "a\"b", true).unwrap();
        refuse_existing(&folder.1, "other", false).unwrap();
    }
}
