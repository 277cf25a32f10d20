//! A machine made of files.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use talos_node::sys::Process;

/// A folder with the files of a machine, gone when it is dropped.
pub(crate) struct Recorded(PathBuf);

impl Recorded {
    /// A machine with nothing in it.
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("talos-node-{}-{number}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn host(&self) -> Process {
        Process::new(&self.0)
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.join(path.trim_start_matches('/'))
    }

    /// Adds a file.
    pub(crate) fn file(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.made(path), content).unwrap();
        self
    }

    /// Adds a symbolic link.
    pub(crate) fn link(&self, path: &str, target: &str) -> &Self {
        symlink(target, self.made(path)).unwrap();
        self
    }

    /// Adds a process.
    pub(crate) fn process(&self, pid: u32, executable: &str, cmdline: &str, stat: &str) -> &Self {
        let name = Path::new(executable).file_name().unwrap().to_str().unwrap();
        self.link(&format!("/proc/{pid}/exe"), executable)
            .file(&format!("/proc/{pid}/comm"), format!("{name}\n"))
            .file(&format!("/proc/{pid}/cmdline"), cmdline)
            .file(&format!("/proc/{pid}/stat"), format!("{pid} ({name}) {stat}\n"))
    }

    fn made(&self, path: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
