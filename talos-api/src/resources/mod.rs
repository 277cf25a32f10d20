//! Resources: what nodes want and report.

use crate::proto::cosi::resource as wire;

/// One resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource<S> {
    /// Who it is.
    pub metadata: wire::Metadata,
    /// What it says.
    pub spec: S,
}

/// A type of resources.
pub trait Kind {
    /// What resources of the type say.
    type Spec: FromWire;

    /// Names and looks of the type.
    const DEFINITION: &'static Definition;
}

/// Names and looks of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Full name: `Members.cluster.talos.dev`.
    pub type_name: &'static str,
    /// Namespace resources of the type are in, unless told otherwise.
    pub namespace: &'static str,
}

/// Content that can be read from its wire form.
pub trait FromWire: Sized {
    /// Reads the content.
    ///
    /// # Errors
    /// [`DecodeError`] when it is damaged.
    fn from_wire(spec: wire::Spec) -> Result<Self, DecodeError>;
}

/// Content as it travels.
pub type Dynamic = wire::Spec;

impl FromWire for Dynamic {
    fn from_wire(spec: wire::Spec) -> Result<Self, DecodeError> {
        Ok(spec)
    }
}

/// Why content cannot be read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DecodeError {}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

impl std::error::Error for DecodeError {}

/// `TYPE(NAMESPACE/ID@VERSION)`, as messages name a resource.
pub fn name(metadata: &wire::Metadata) -> String {
    format!("{}({}/{}@{})", metadata.r#type, metadata.namespace, metadata.id, metadata.version)
}

pub mod cluster {
    //! Temporary
    use super::*;
    /// x
    #[derive(Debug)]
    pub struct Member;
    /// x
    #[derive(Debug)]
    pub struct MemberSpec {
        /** x */
        pub operating_system: String,
    }
    impl FromWire for MemberSpec {
        fn from_wire(_: wire::Spec) -> Result<Self, DecodeError> {
            Ok(Self { operating_system: String::new() })
        }
    }
    impl Kind for Member {
        type Spec = MemberSpec;
        const DEFINITION: &'static Definition =
            &Definition { type_name: "Members.cluster.talos.dev", namespace: "cluster" };
    }
}
