//! All documents of one machine configuration.

use std::sync::Arc;

use talos_config_yaml::source::Source;

use crate::document::{Document, Identity};
use crate::encode;
use crate::v1alpha1;

/// A machine configuration: at most one legacy document, and any number of documents of other kinds.
///
/// The legacy document stands first wherever it stood in the input; the others keep their order.
///
/// ```
/// let container = talos_config::load("machine:\n  type: worker\n")?;
/// assert_eq!(container.config().and_then(|config| config.machine.as_ref()).map(|machine| machine.r#type.as_str()), Some("worker"));
/// # Ok::<_, talos_config::load::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Container {
    documents: Vec<Box<dyn Document>>,
    source: Option<Arc<Source>>,
}

/// Documents that cannot stand together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are two legacy documents.
    #[error("duplicate v1alpha1.Config")]
    DuplicateConfig,
    /// Two documents have the same kind and name.
    #[error("duplicate document: {0}")]
    DuplicateDocument(Identity),
}

impl Container {
    /// Puts documents together.
    ///
    /// # Errors
    /// When two documents have one identity.
    pub fn new(documents: impl IntoIterator<Item = Box<dyn Document>>) -> Result<Self, Error> {
        let mut container = Self::default();
        for document in documents {
            container.push(document)?;
        }
        Ok(container)
    }

    fn push(&mut self, document: Box<dyn Document>) -> Result<(), Error> {
        let is_legacy = is_legacy(&*document);
        let same = |known: &&dyn Document| known.kind() == document.kind() && known.name() == document.name();
        if let Some(known) = self.documents().find(same) {
            return Err(if is_legacy { Error::DuplicateConfig } else { Error::DuplicateDocument(Identity::of(known)) });
        }
        let place = if is_legacy { 0 } else { self.documents.len() };
        self.documents.insert(place, document);
        Ok(())
    }

    /// Keeps the text that the documents were read from, so that [`bytes`](Self::bytes) gives it back.
    pub(crate) fn with_source(mut self, source: Arc<Source>) -> Self {
        self.source = Some(source);
        self
    }

    /// The text that the documents were read from, as long as none of them was changed.
    pub fn source(&self) -> Option<&Source> {
        self.source.as_deref()
    }

    /// The documents, the legacy one first.
    pub fn documents(&self) -> impl ExactSizeIterator<Item = &dyn Document> {
        self.documents.iter().map(|document| &**document)
    }

    /// The legacy document. A configuration that has one is complete for booting.
    pub fn config(&self) -> Option<&v1alpha1::Config> {
        self.documents().find_map(|document| document.as_document_any().downcast_ref())
    }

    /// The legacy document, to be changed. The configuration no longer answers with the text it came from.
    pub fn config_mut(&mut self) -> Option<&mut v1alpha1::Config> {
        self.source = None;
        self.documents.iter_mut().find_map(|document| document.as_document_any_mut().downcast_mut())
    }

    /// The documents, to be changed. The configuration no longer answers with the text it came from.
    pub fn documents_mut(&mut self) -> impl Iterator<Item = &mut (dyn Document + 'static)> {
        self.source = None;
        self.documents.iter_mut().map(|document| &mut **document)
    }

    /// The first document of a type.
    pub fn document<T: Document>(&self) -> Option<&T> {
        self.documents().find_map(|document| document.as_document_any().downcast_ref())
    }

    /// The document with an identity.
    pub fn find(&self, identity: &Identity) -> Option<&dyn Document> {
        self.documents().find(|document| {
            document.kind() == identity.kind
                && document.api_version() == identity.api_version
                && document.name() == identity.name.as_deref()
        })
    }

    pub(crate) fn find_mut(&mut self, like: &dyn Document) -> Option<&mut Box<dyn Document>> {
        self.source = None;
        self.documents.iter_mut().find(|document| {
            document.kind() == like.kind()
                && document.api_version() == like.api_version()
                && document.name() == like.name()
        })
    }

    /// Adds a document; the legacy document goes first.
    ///
    /// # Errors
    /// When the configuration has a document of this identity.
    pub fn add(&mut self, document: Box<dyn Document>) -> Result<(), Error> {
        self.source = None;
        self.push(document)
    }

    /// Extra output for debugging, also of services, on the console.
    pub fn debug(&self) -> bool {
        self.config().and_then(|config| config.debug).unwrap_or(false)
    }

    /// Whether the node keeps the configuration on disk: what the legacy document says, `true` without one.
    pub fn persist(&self) -> bool {
        self.config().is_none_or(|config| config.persist.unwrap_or(false))
    }

    /// The text: the very bytes that were loaded, or the documents written with comments and examples.
    pub fn bytes(&self) -> std::borrow::Cow<'_, [u8]> {
        match &self.source {
            Some(source) => source.text().as_bytes().into(),
            None => encode::to_yaml(self, encode::Options::documented()).into_bytes().into(),
        }
    }

    /// A copy in which every secret is replaced by a mark, as the reference redacts.
    #[must_use]
    pub fn redacted(&self, mark: &str) -> Self {
        let mut copy = Self { documents: self.documents.clone(), source: None };
        for document in &mut copy.documents {
            document.as_node_mut().redact(mark);
        }
        copy
    }
}

/// Equal documents in the same order; the text they came from does not count.
impl PartialEq for Container {
    fn eq(&self, other: &Self) -> bool {
        self.documents.len() == other.documents.len()
            && self.documents().zip(other.documents()).all(|(left, right)| left == right)
    }
}

fn is_legacy(document: &dyn Document) -> bool {
    document.as_document_any().is::<v1alpha1::Config>()
}
