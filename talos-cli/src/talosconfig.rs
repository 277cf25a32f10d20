//! The client configuration as a file: where it is, and when it may be written.

use std::path::Path;

use anyhow::{Context as _, bail};
use talos_config::Source;
use talos_config::talosconfig::{Context, Talosconfig};

use crate::call::Call;
use crate::commands::global;
use crate::completion::{Candidates, Request};
use crate::files::{self, PRIVATE};
use crate::global::Environment;
use crate::go;

/// The file a Talos service account finds its credentials in, inside a pod.
const SERVICE_ACCOUNT_PATH: &str = "/var/run/secrets/talos.dev/config";

/// Mode of folders made for client configurations.
pub(crate) const FOLDER_MODE: u32 = 0o700;

/// A client configuration and the file it came from.
#[derive(Debug)]
pub(crate) struct File {
    /// What it holds.
    pub(crate) config: Talosconfig,
    path: String,
    writable: bool,
}

impl File {
    /// Opens the file of the command line, else the default one. Reading makes a missing file, too.
    pub(crate) fn open(call: &Call<'_>, environment: &Environment) -> anyhow::Result<Self> {
        Self::open_given(call.get(&global::TALOSCONFIG), environment)
    }

    /// Opens the file at a path, or the default one if the path is empty.
    pub(crate) fn open_given(path: &str, environment: &Environment) -> anyhow::Result<Self> {
        if path.is_empty() { Self::open_default(environment) } else { Self::open_path(environment, path) }
    }

    /// Opens the file at a path; one that is missing is made, without contexts.
    fn open_path(environment: &Environment, path: &str) -> anyhow::Result<Self> {
        if files::missing(environment, path) {
            let file = Self { config: Talosconfig::default(), path: path.to_owned(), writable: true };
            file.save(environment)?;
        }
        Ok(Self { config: read(environment, path)?, path: path.to_owned(), writable: true })
    }

    /// Opens the first default file that exists; if there is none, the first one is made.
    fn open_default(environment: &Environment) -> anyhow::Result<Self> {
        let places = default_places(environment)?;
        if files::exists(environment, SERVICE_ACCOUNT_PATH)
            && !places.iter().any(|place| files::exists(environment, place))
        {
            let config = read(environment, SERVICE_ACCOUNT_PATH)?;
            return Ok(Self { config, path: SERVICE_ACCOUNT_PATH.to_owned(), writable: false });
        }
        let existing = places.iter().find(|place| files::exists(environment, place));
        Self::open_path(environment, existing.unwrap_or(&places[0]))
    }

    /// Writes the file back where it came from. New files are for the owner alone, existing ones keep their mode.
    pub(crate) fn save(&self, environment: &Environment) -> anyhow::Result<()> {
        if !self.writable {
            bail!("not allowed to write to config: {}", self.path);
        }
        files::make_folders(environment, &files::folder_of(&self.path), FOLDER_MODE)?;
        files::write(environment, &self.path, self.config.to_yaml().as_bytes(), PRIVATE)?;
        Ok(())
    }

    /// The context a `config` command changes or shows: that of `--context`, else the current one. The current one must
    /// be right in any case.
    pub(crate) fn chosen(&mut self, call: &Call<'_>) -> anyhow::Result<&mut Context> {
        let name = self.chosen_name(call)?;
        Ok(self.config.contexts.get_mut(&name).expect("the name was found there"))
    }

    /// The name of that context.
    pub(crate) fn chosen_name(&self, call: &Call<'_>) -> anyhow::Result<String> {
        if self.config.context.is_empty() {
            bail!("no context is set");
        }
        let given = call.get(&global::CONTEXT);
        let name = if given.is_empty() { self.config.context.clone() } else { given.to_owned() };
        for name in [&self.config.context, &name] {
            if !self.config.contexts.contains_key(name) {
                bail!("context {} is not defined", go::quote(name));
            }
        }
        Ok(name)
    }
}

/// The writable default places, first choice first.
fn default_places(environment: &Environment) -> anyhow::Result<Vec<String>> {
    let mut places = Vec::new();
    if let Some(path) = environment.variable("TALOSCONFIG").filter(|path| !path.is_empty()) {
        places.push(text(path.as_ref())?);
    }
    let home = environment.home().context(if cfg!(windows) {
        "%userprofile% is not defined"
    } else {
        "$HOME is not defined"
    })?;
    places.push(text(&home.join(".talos").join("config"))?);
    Ok(places)
}

fn text(path: &Path) -> anyhow::Result<String> {
    path.to_str().map(str::to_owned).with_context(|| format!("path is not UTF-8: {}", path.display()))
}

fn read(environment: &Environment, path: &str) -> anyhow::Result<Talosconfig> {
    Ok(Talosconfig::from_yaml(&Source::new(path, files::read_yaml(environment, path)?))?)
}

/// Completion: names of contexts.
pub(crate) fn context_names(request: &Request<'_>) -> Candidates {
    let Ok(file) = File::open(request.call, request.environment) else { return Candidates::none() };
    let names = file.config.contexts.into_keys();
    Candidates::words(names.filter(|name| name.starts_with(request.begun)).collect())
}
