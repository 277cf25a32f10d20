//! Text to patch: tells the two kinds apart.

use std::fmt;

use talos_config_yaml::source::Source;

use super::{Patch, json6902};
use crate::load::{self as configuration, load_source};

/// Reads files that patch texts name: `@patch.yaml`.
pub trait Resolver {
    /// Content of a file.
    ///
    /// # Errors
    /// The text of the failure as users see it.
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String>;
}

impl<F: FnMut(&str) -> Result<Vec<u8>, String>> Resolver for F {
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        self(name)
    }
}

/// Why a text is not a patch.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file that the text names could not be read.
    #[error("{message}")]
    File {
        /// Name of the file.
        name: String,
        /// What went wrong.
        message: String,
    },
    /// The text is neither a configuration nor a list of operations; what kept it from being a configuration.
    #[error(transparent)]
    Configuration(Box<configuration::Error>),
    /// The text begins like a JSON list, but is not one of operations; or it is one with a value that JSON has no form for.
    #[error(transparent)]
    Operations(json6902::ParseError),
}

/// Reads one patch. A configuration is a strategic patch; a list of operations, in JSON or YAML, is a JSON patch.
///
/// # Errors
/// When the text is neither.
pub fn load(text: impl Into<Vec<u8>>) -> Result<Patch, LoadError> {
    load_named("", text.into())
}

fn load_named(name: &str, text: Vec<u8>) -> Result<Patch, LoadError> {
    let error = match load_source(Source::new(name, text.clone())) {
        Ok(configuration) => return Ok(Patch::Strategic(configuration)),
        Err(error) => error,
    };
    let json = match json6902::Patch::from_json(&text) {
        Ok(operations) => return Ok(Patch::Json(operations)),
        Err(json) => json,
    };
    match json6902::Patch::from_yaml(&text) {
        Ok(operations) => Ok(Patch::Json(operations)),
        // It is a list, with a value that JSON has no form for.
        Err(value @ json6902::ParseError::Value(_)) => Err(LoadError::Operations(value)),
        Err(_) if text.trim_ascii_start().starts_with(b"[") => Err(LoadError::Operations(json)),
        Err(_) => Err(LoadError::Configuration(Box::new(error))),
    }
}

/// Reads a list of patches as the command line gives them: each a text, or `@` and the name of a file. JSON patches that
/// stand next to each other become one.
///
/// # Errors
/// At the first text that is not a patch, or file that cannot be read.
pub fn load_all<T: AsRef<str>>(
    texts: impl IntoIterator<Item = T>,
    files: &mut dyn Resolver,
) -> Result<Vec<Patch>, LoadError> {
    let mut patches: Vec<Patch> = Vec::new();
    for text in texts {
        let text = text.as_ref();
        let patch = match text.strip_prefix('@') {
            Some(name) => {
                let content = files.read(name).map_err(|message| LoadError::File { name: name.to_owned(), message })?;
                load_named(name, content)?
            }
            None => load_named("", text.as_bytes().to_vec())?,
        };
        match (patches.last_mut(), patch) {
            (Some(Patch::Json(known)), Patch::Json(more)) => known.extend(more),
            (_, patch) => patches.push(patch),
        }
    }
    Ok(patches)
}

impl fmt::Debug for dyn Resolver + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}
