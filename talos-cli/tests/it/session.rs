//! Runs of the program inside the test, with surroundings of their own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use talos_cli::diagnostics::Format;
use talos_cli::global::Environment;
use talos_cli::io::{Io, Output};

/// What a run left.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The first line of standard error.
    pub(crate) fn error(&self) -> &str {
        self.stderr.split('\n').next().unwrap_or_default()
    }

    /// Standard output of a run that went well and said nothing else.
    #[track_caller]
    pub(crate) fn printed(&self) -> &str {
        assert_eq!((self.status, self.stderr.as_str()), (0, ""), "{self:?}");
        &self.stdout
    }
}

/// A working folder that goes away with the test, an empty home below it, and a clock that stands still.
pub(crate) struct Session {
    folder: PathBuf,
    variables: BTreeMap<String, OsString>,
    pub(crate) now: SystemTime,
    pub(crate) stdin: String,
    /// Whether standard error is a terminal.
    pub(crate) terminal: bool,
}

impl Session {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Without links, so that the path is found again in texts.
        let folder = std::env::temp_dir().canonicalize().unwrap();
        let folder = folder.join(format!("talosctl-test-{}-{number}", std::process::id()));
        fs::create_dir_all(folder.join("home")).unwrap();
        let mut session = Self {
            folder,
            variables: BTreeMap::new(),
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000),
            stdin: String::new(),
            terminal: false,
        };
        session.set("HOME", session.path("home"));
        session
    }

    pub(crate) fn set(&mut self, variable: &str, value: impl Into<OsString>) {
        self.variables.insert(variable.to_owned(), value.into());
    }

    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Runs a command line, split at blanks.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        self.run_words(line.split(' ').filter(|word| !word.is_empty()))
    }

    pub(crate) fn run_words<T: Into<OsString>>(&self, words: impl IntoIterator<Item = T>) -> Outcome {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut io = Io {
            stdin: Box::new(self.stdin.as_bytes()),
            stdout: Output::new(Box::new(&mut stdout), false),
            stderr: Output::new(Box::new(&mut stderr), self.terminal),
            environment: Environment::new(self.variables.clone(), self.folder.clone()).at(self.now),
            diagnostics: Format::Text,
        };
        let status = talos_cli::execute(words.into_iter().map(Into::into), &mut io);
        drop(io);
        Outcome { status, stdout: String::from_utf8(stdout).unwrap(), stderr: String::from_utf8(stderr).unwrap() }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
