//! Applies a list of patches to a configuration.

use std::borrow::Cow;
use std::fmt;

use super::{Patch, json6902};
use crate::container::Container;
use crate::encode::{self, Options};
use crate::{load, merge};

/// What patches are applied to, and what they give.
///
/// Text is loaded only when a strategic patch needs it, and a configuration is written only when a JSON patch does. So
/// text that only JSON patches touch may be anything, and without patches text comes out as it was.
#[derive(Clone, PartialEq)]
pub enum Input {
    /// Text, loaded or not.
    Text(Vec<u8>),
    /// A loaded configuration.
    Configuration(Container),
}

/// Why a patch could not be applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The text that a strategic patch is for is not a configuration.
    #[error(transparent)]
    Load(#[from] Box<load::Error>),
    /// The values of a strategic patch and of the configuration cannot be combined.
    #[error("{error}")]
    Merge {
        /// Position of the patch in the list.
        patch: usize,
        /// Where, and why.
        error: merge::Error,
    },
    /// An operation of a JSON patch failed.
    #[error("{error}")]
    Json {
        /// Position of the patch in the list.
        patch: usize,
        /// Which operation, and why.
        error: json6902::Error,
    },
}

impl Input {
    /// The text: as it is, or written without comments.
    pub fn into_text(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text,
            Self::Configuration(container) => encode::to_yaml(&container, Options::plain()).into_bytes(),
        }
    }

    /// The configuration: as it is, or loaded.
    ///
    /// # Errors
    /// When the text is not a configuration.
    pub fn into_configuration(self) -> Result<Container, Box<load::Error>> {
        match self {
            Self::Text(text) => load::load(text).map_err(Box::new),
            Self::Configuration(container) => Ok(container),
        }
    }
}

/// Text may hold secrets: only its length is shown.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Configuration(container) => f.debug_tuple("Configuration").field(container).finish(),
        }
    }
}

impl From<Vec<u8>> for Input {
    fn from(text: Vec<u8>) -> Self {
        Self::Text(text)
    }
}

impl From<Container> for Input {
    fn from(container: Container) -> Self {
        Self::Configuration(container)
    }
}

/// Applies patches in their order. Nothing is validated beyond what loading checks.
///
/// # Errors
/// At the first patch that does not apply.
pub fn apply(input: impl Into<Input>, patches: &[Patch]) -> Result<Input, ApplyError> {
    patches.iter().enumerate().try_fold(input.into(), |input, (number, patch)| apply_one(input, number, patch))
}

pub(super) fn apply_one(input: Input, number: usize, patch: &Patch) -> Result<Input, ApplyError> {
    match patch {
        Patch::Strategic(patch) => merge::strategic_into(input.into_configuration()?, patch)
            .map(Input::from)
            .map_err(|error| ApplyError::Merge { patch: number, error }),
        Patch::Json(patch) => {
            let text = match &input {
                Input::Text(text) => Cow::Borrowed(text.as_slice()),
                Input::Configuration(container) => encode::to_yaml(container, Options::plain()).into_bytes().into(),
            };
            match patch.apply(&text) {
                Ok(text) => Ok(Input::Text(text.into_bytes())),
                Err(error) => Err(ApplyError::Json { patch: number, error }),
            }
        }
    }
}
