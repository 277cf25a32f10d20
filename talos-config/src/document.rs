//! Documents of a machine configuration and the registry of their kinds.

use std::any::Any;
use std::fmt;

use talos_config_yaml::fields::{Fields, Node, Section};

use crate::validate;

/// One document of a machine configuration.
///
/// The legacy document ([`v1alpha1::Config`](crate::v1alpha1::Config)) has neither kind nor API version in its text; all
/// others have both.
pub trait Document: Fields + Node + fmt::Debug + Send + Sync {
    /// The kind, `v1alpha1` for the legacy document.
    fn kind(&self) -> &'static str;

    /// The API version, empty for the legacy document.
    fn api_version(&self) -> &'static str;

    /// The name that tells documents of one kind apart, for kinds that may stand more than once.
    fn name(&self) -> Option<&str> {
        None
    }

    /// The document's own rules.
    fn validate(&self, mode: validate::Mode, options: validate::Options<'_>) -> validate::Findings;

    /// A copy.
    fn boxed_clone(&self) -> Box<dyn Document>;

    /// For downcasts.
    fn as_document_any(&self) -> &dyn Any;

    /// For downcasts.
    fn as_document_any_mut(&mut self) -> &mut dyn Any;

    /// The document as a section.
    fn as_fields(&self) -> &dyn Fields;

    /// The document as a value.
    fn as_node(&self) -> &dyn Node;

    /// The document as a value, to be changed.
    fn as_node_mut(&mut self) -> &mut dyn Node;
}

impl Clone for Box<dyn Document> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

impl PartialEq for dyn Document {
    fn eq(&self, other: &Self) -> bool {
        self.as_node().equals(other.as_node())
    }
}

/// What makes two documents the same one, in different configurations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// API version, empty for the legacy document.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Name, for kinds that may stand more than once.
    pub name: Option<String>,
}

impl Identity {
    /// The identity of a document.
    pub fn of(document: &dyn Document) -> Self {
        Self {
            api_version: document.api_version().to_owned(),
            kind: document.kind().to_owned(),
            name: document.name().map(str::to_owned),
        }
    }
}

/// Kind and name as texts of the reference write them: `KmsgLogConfig/name`, `SideroLinkConfig/`.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name.as_deref().unwrap_or_default())
    }
}

/// A kind of document that can be loaded.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The kind, empty for the legacy document.
    pub kind: &'static str,
    /// The API version that the document has.
    pub api_version: &'static str,
    /// Name of the type in error texts.
    pub go_type: &'static str,
    /// The table of its fields.
    pub section: fn() -> &'static Section,
    /// An empty document.
    pub new: fn() -> Box<dyn Document>,
}

/// Implements [`Document`] for a section and gives its [`Kind`].
macro_rules! document {
    ($ty:ty, kind = $kind:expr, api_version = $version:expr, name = $name:expr, validate = $validate:path) => {
        impl $crate::document::Document for $ty {
            fn kind(&self) -> &'static str {
                $kind
            }

            fn api_version(&self) -> &'static str {
                $version
            }

            fn name(&self) -> Option<&str> {
                let name: fn(&Self) -> Option<&str> = $name;
                name(self)
            }

            fn validate(
                &self,
                mode: $crate::validate::Mode,
                options: $crate::validate::Options<'_>,
            ) -> $crate::validate::Findings {
                $validate(self, mode, options)
            }

            fn boxed_clone(&self) -> Box<dyn $crate::document::Document> {
                Box::new(self.clone())
            }

            fn as_document_any(&self) -> &dyn std::any::Any {
                self
            }

            fn as_document_any_mut(&mut self) -> &mut dyn std::any::Any {
                self
            }

            fn as_fields(&self) -> &dyn talos_config_yaml::fields::Fields {
                self
            }

            fn as_node(&self) -> &dyn talos_config_yaml::fields::Node {
                self
            }

            fn as_node_mut(&mut self) -> &mut dyn talos_config_yaml::fields::Node {
                self
            }
        }
    };
}
pub(crate) use document;
