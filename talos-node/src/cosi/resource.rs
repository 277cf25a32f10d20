//! Resources: metadata, and content of any type.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use talos_api::proto::cosi::resource as wire;
use talos_api::resources::{Kind, Spec};

use super::metadata::{Metadata, Reference, WireError};

/// What a resource says. Every [`Spec`] is one.
pub trait Content: Any + fmt::Debug + Send + Sync {
    /// The protobuf form.
    fn to_proto(&self) -> Vec<u8>;

    /// The YAML form.
    fn to_yaml(&self) -> String;

    /// Whether the other says the same.
    fn equals(&self, other: &dyn Content) -> bool;
}

impl<S: Spec> Content for S {
    fn to_proto(&self) -> Vec<u8> {
        Spec::to_proto(self)
    }

    fn to_yaml(&self) -> String {
        Spec::to_yaml(self)
    }

    fn equals(&self, other: &dyn Content) -> bool {
        (other as &dyn Any).downcast_ref::<S>().is_some_and(|other| self == other)
    }
}

/// Content of a type that this program does not know: kept as it came.
#[derive(Clone, PartialEq)]
pub struct Opaque(wire::Spec);

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may be anything, also a secret.
        write!(f, "Opaque({} bytes)", self.0.proto_spec.len() + self.0.yaml_spec.len())
    }
}

impl Content for Opaque {
    fn to_proto(&self) -> Vec<u8> {
        self.0.proto_spec.to_vec()
    }

    fn to_yaml(&self) -> String {
        self.0.yaml_spec.clone()
    }

    fn equals(&self, other: &dyn Content) -> bool {
        (other as &dyn Any).downcast_ref::<Self>().is_some_and(|other| self == other)
    }
}

/// A resource. It is never changed: an update makes a new one, and readers keep theirs.
pub struct Resource {
    metadata: Metadata,
    content: Arc<dyn Content>,
    /// Both forms of the content, made when first asked for.
    wire: OnceLock<wire::Spec>,
}

impl Resource {
    /// A resource that nobody wrote yet.
    pub fn new(reference: Reference, content: impl Content) -> Self {
        Self::with_metadata(Metadata::new(reference), Arc::new(content))
    }

    /// A resource of a known type, in the namespace of that type.
    pub fn of<K: Kind>(id: impl Into<String>, spec: K::Spec) -> Self {
        Self::new(Reference::new(K::DEFINITION.namespace, K::DEFINITION.type_name, id), spec)
    }

    pub(super) fn with_metadata(metadata: Metadata, content: Arc<dyn Content>) -> Self {
        Self { metadata, content, wire: OnceLock::new() }
    }

    /// Who it is.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Who it is, to be changed before it is written.
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.metadata
    }

    /// What it says.
    pub fn content(&self) -> &dyn Content {
        &*self.content
    }

    /// What it says, if that is of this type.
    pub fn spec<C: Content>(&self) -> Option<&C> {
        (self.content() as &dyn Any).downcast_ref()
    }

    /// The same resource, saying something else.
    #[must_use]
    pub fn with_content(&self, content: impl Content) -> Self {
        Self::with_metadata(self.metadata.clone(), Arc::new(content))
    }

    /// As it travels.
    pub fn to_wire(&self) -> wire::Resource {
        let spec = self.wire.get_or_init(|| wire::Spec {
            proto_spec: Bytes::from(self.content.to_proto()),
            yaml_spec: self.content.to_yaml(),
        });
        wire::Resource { metadata: Some(self.metadata.to_wire()), spec: Some(spec.clone()) }
    }

    /// From how it travels; the content stays as it came.
    ///
    /// # Errors
    /// When parts are missing, or the version or phase is none.
    pub fn from_wire(resource: wire::Resource) -> Result<Self, ReadError> {
        let metadata = resource.metadata.ok_or(ReadError::Missing("metadata"))?;
        let spec = resource.spec.ok_or(ReadError::Missing("spec"))?;
        Ok(Self::with_metadata(Metadata::from_wire(metadata)?, Arc::new(Opaque(spec))))
    }
}

impl Clone for Resource {
    fn clone(&self) -> Self {
        Self::with_metadata(self.metadata.clone(), self.content.clone())
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource").field("metadata", &self.metadata).field("content", &self.content).finish()
    }
}

/// Why a resource cannot be taken from a peer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A part is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The metadata is damaged.
    #[error(transparent)]
    Metadata(#[from] WireError),
}
