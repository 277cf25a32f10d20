//! The main document of a machine configuration, `v1alpha1`: one struct for each section.
//!
//! The structs mirror the text: what is absent there is `None` or empty here, and no default is filled in. Every fact about
//! a field stands on the field; see the derive [`Section`](talos_config_yaml::Section).

mod cluster;
mod config;
mod machine;
pub(crate) mod validate;

pub use self::cluster::*;
pub use self::config::Config;
pub use self::machine::*;

/// The API version of this document, which its text does not name.
pub const API_VERSION: &str = "v1alpha1";
