//! Documents to and from `serde_yaml::Value`, for programs that are built on it.

use ::serde_yaml::Value;
use serde::Deserialize;
use talos_config_yaml::emit::{Emitter, Layout, write_value};
use talos_config_yaml::to_value::to_value;

use crate::container::Container;
use crate::load;

/// Values that are not a configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value has no counterpart in a configuration, for example a tag.
    #[error("document {document}: {error}")]
    Value {
        /// Position of the document, from 0.
        document: usize,
        /// What is wrong, in the words of the crate.
        error: ::serde_yaml::Error,
    },
    /// The values are not those of a machine configuration.
    #[error(transparent)]
    Load(#[from] Box<load::Error>),
}

/// Every document of a configuration as a value, the main document first. Times in free-form data become texts.
///
/// # Errors
/// [`Error::Value`] for binary data that is not UTF-8.
pub fn to_values(container: &Container) -> Result<Vec<Value>, Error> {
    let documents = container.documents().enumerate();
    let value = |(document, value): (usize, &dyn crate::Document)| {
        ::serde_yaml::to_value(to_value(value.as_node())).map_err(|error| Error::Value { document, error })
    };
    documents.map(value).collect()
}

/// A configuration of documents given as values. Texts stay texts, whatever they look like.
///
/// # Errors
/// [`Error::Load`] as [`load`](fn@crate::load), with positions in the text that the values give; [`Error::Value`].
pub fn from_values<'a>(values: impl IntoIterator<Item = &'a Value>) -> Result<Container, Error> {
    let mut out = Emitter::new(Layout::TALOS).readable(true);
    for (document, value) in values.into_iter().enumerate() {
        if document > 0 {
            out.document_separator();
        }
        let value = crate::Value::deserialize(value).map_err(|error| Error::Value { document, error })?;
        write_value(&value, &mut out);
    }
    Ok(load::load(out.finish()).map_err(Box::new)?)
}
