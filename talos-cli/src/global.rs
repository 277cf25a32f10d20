//! What the process is surrounded by: variables, working folder, clock, randomness. Nothing else reads them, so a
//! command can be run inside a test with surroundings of its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use talos_pki::{Clock, Random, random};

/// The surroundings of one run.
#[derive(Clone, Debug)]
pub struct Environment {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    Given { variables: BTreeMap<String, OsString>, directory: PathBuf, now: Option<SystemTime> },
}

impl Environment {
    /// The surroundings of the process.
    pub fn system() -> Self {
        Self { source: Source::System }
    }

    /// No variables, and the root folder as working folder.
    pub fn empty() -> Self {
        Self::new([], PathBuf::from(std::path::MAIN_SEPARATOR_STR))
    }

    /// Surroundings made up of these variables and this working folder; the clock is the real one.
    pub fn new(variables: impl IntoIterator<Item = (String, OsString)>, directory: PathBuf) -> Self {
        let variables = variables.into_iter().collect();
        Self { source: Source::Given { variables, directory, now: None } }
    }

    /// The same surroundings with the clock stopped at `moment`.
    #[must_use]
    pub fn at(mut self, moment: SystemTime) -> Self {
        if let Source::System = self.source {
            self =
                Self::new(std::env::vars_os().filter_map(|(n, v)| Some((n.into_string().ok()?, v))), self.directory());
        }
        if let Source::Given { now, .. } = &mut self.source {
            *now = Some(moment);
        }
        self
    }

    /// The value of a variable, if it is set; it may be empty.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads variables")]
    pub fn variable(&self, name: &str) -> Option<OsString> {
        match &self.source {
            Source::System => std::env::var_os(name),
            Source::Given { variables, .. } => variables.get(name).cloned(),
        }
    }

    /// The home folder of the user: `HOME`, or `USERPROFILE` on Windows; `None` if it is not set or empty.
    pub fn home(&self) -> Option<PathBuf> {
        let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        self.variable(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// The working folder, absolute where the system tells it.
    pub fn directory(&self) -> PathBuf {
        match &self.source {
            Source::System => self.working_directory_of_process(),
            Source::Given { directory, .. } => directory.clone(),
        }
    }

    /// `PWD` if it names the working folder, so that links in the path survive, else what the system says.
    fn working_directory_of_process(&self) -> PathBuf {
        let real = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let shown = self.variable("PWD").map(PathBuf::from).filter(|path| path.is_absolute());
        match shown {
            Some(shown)
                if shown.canonicalize().is_ok_and(|path| real.canonicalize().is_ok_and(|real| path == real)) =>
            {
                shown
            }
            _ => real,
        }
    }

    /// Where a path of the command line leads: relative ones start in the working folder.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        match &self.source {
            Source::System => path.as_ref().to_owned(),
            Source::Given { directory, .. } => directory.join(path),
        }
    }
}

impl Clock for Environment {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that is passed on")]
    fn now(&self) -> SystemTime {
        match &self.source {
            Source::Given { now: Some(now), .. } => *now,
            _ => SystemTime::now(),
        }
    }
}

/// The random source of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), random::Error> {
        getrandom::fill(buffer).map_err(random::Error::new)
    }
}
