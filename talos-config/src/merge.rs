//! Strategic merge: a partial configuration laid over a whole one.

use crate::container::{self, Container};
use crate::document::Identity;

pub use talos_config_yaml::merge::{Error as ValueError, Reason, Step};

/// Why two configurations cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Values of a document cannot be combined.
    #[error("{error}")]
    Value {
        /// The document of the patch.
        document: Box<Identity>,
        /// Where, and why.
        error: ValueError,
    },
    /// The result would have two documents of one identity.
    #[error(transparent)]
    Container(#[from] container::Error),
}

/// Lays a patch over a configuration and gives the result; neither is changed.
///
/// Documents of one identity are merged field by field, others are appended. See [`crate::reference`] for the rule of each
/// field.
///
/// # Errors
/// When values cannot be combined, with the field's path.
pub fn strategic(base: &Container, patch: &Container) -> Result<Container, Error> {
    strategic_into(base.clone(), patch)
}

/// As [`strategic`], for a base that is no longer needed.
pub(crate) fn strategic_into(base: Container, patch: &Container) -> Result<Container, Error> {
    let mut result = base;
    for document in patch.documents() {
        match result.find_mut(document) {
            Some(known) => known
                .as_node_mut()
                .merge(document.as_node(), talos_config_yaml::fields::Merge::Typed)
                .map_err(|error| Error::Value { document: Box::new(Identity::of(document)), error })?,
            None => result.add(document.boxed_clone())?,
        }
    }
    Ok(result)
}
