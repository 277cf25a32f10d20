//! Changes to a machine configuration: partial configurations that are merged, and RFC 6902 operations.

mod apply;
mod between;
mod explain;
pub mod json6902;
mod load;
mod preserve;

pub use apply::{ApplyError, Input, apply};
pub use between::{Between, Inexpressible, between};
pub use explain::{Explanation, Step, audit_policy_is_lost, explain};
pub use load::{LoadError, Resolver, load, load_all};

pub use preserve::{Error as PreserveError, preserve_comments};

use crate::container::Container;

/// One change to a configuration. A patch is a value: applying never changes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// A partial configuration that is merged field by field.
    Strategic(Container),
    /// Operations of RFC 6902 on the text.
    Json(json6902::Patch),
}

impl From<Container> for Patch {
    fn from(configuration: Container) -> Self {
        Self::Strategic(configuration)
    }
}

impl From<json6902::Patch> for Patch {
    fn from(operations: json6902::Patch) -> Self {
        Self::Json(operations)
    }
}
