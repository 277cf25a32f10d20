//! Documents to and from `serde_yaml::Value`, for programs that are built on it.

use ::serde_yaml::Value;

use crate::container::Container;
use crate::encode::{self, Options};
use crate::load;

/// Every document of a configuration as a value, the main document first.
///
/// # Errors
/// Never for a configuration that was loaded; those of the crate otherwise.
pub fn to_values(container: &Container) -> Result<Vec<Value>, ::serde_yaml::Error> {
    container
        .documents()
        .map(|document| {
            ::serde_yaml::from_str(&encode::document_to_yaml(document, Options { readable: true, ..Options::plain() }))
        })
        .collect()
}

/// A configuration of documents given as values.
///
/// # Errors
/// As [`load`](fn@crate::load), with positions in the text that the values give.
pub fn from_values<'a>(values: impl IntoIterator<Item = &'a Value>) -> Result<Container, load::Error> {
    let documents: Vec<String> = values.into_iter().filter_map(|value| ::serde_yaml::to_string(value).ok()).collect();
    load::load(documents.join("---\n"))
}
