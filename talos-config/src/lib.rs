//! Machine configuration of Talos 1.5: load, validate, patch, generate, write.
//!
//! Everything here is a function of its arguments: bytes in, bytes out. No file is opened, no clock read, no randomness
//! drawn, and the crate builds for WebAssembly.
//!
//! ```
//! use talos_config::{encode, load, patch, validate};
//!
//! let configuration = load("machine:\n  type: worker\ncluster:\n  controlPlane:\n    endpoint: https://10.5.0.2:6443\n")?;
//! let patch = patch::load("machine:\n  network:\n    hostname: worker-1\n")?;
//! let patched = patch::apply(configuration, &[patch])?.into_configuration()?;
//! let (warnings, verdict) = validate::validate(&patched, validate::Mode::Cloud, validate::Options::default());
//! verdict?;
//! assert!(warnings.is_empty());
//! assert!(encode::to_yaml(&patched, encode::Options::plain()).contains("hostname: worker-1"));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! | Looking for | Look at |
//! |---|---|
//! | the sections of the configuration | [`v1alpha1`], [`siderolink`], [`runtime`] |
//! | all documents of a file | [`Container`], [`load`](mod@load), [`encode`] |
//! | changes | [`patch`], [`merge`], [`diff`] |
//! | rules | [`validate`], [`immediate`] |
//! | a new cluster | [`generate`], [`bundle`], [`secrets`], [`VersionContract`] |
//!
//! # Features
//!
//! Each only adds items.
//!
//! | Feature | Adds |
//! |---|---|
//! | `json-patch` | conversion of patches from and to `json_patch::Patch` |
//! | `schemars` | `schemars::JsonSchema` for every section |
//! | `serde` | `Serialize` and `Deserialize` for every section and for free-form values |
//! | `serde_yaml` | documents to and from `serde_yaml::Value` |

pub mod bundle;
pub mod cluster_endpoint;
pub mod constants;
pub mod container;
pub mod diagnostic;
pub mod diff;
pub mod document;
pub mod encode;
pub mod gen_config;
pub mod generate;
pub mod images;
pub mod immediate;
mod kinds;
pub mod kubernetes_version;
pub mod later;
pub mod lint;
pub mod load;
pub mod machine_type;
pub mod merge;
pub mod patch;
pub mod path;
mod predicate;
pub mod reference;
pub mod runtime;
pub mod schema;
pub mod secrets;
#[cfg(feature = "serde_yaml")]
pub mod serde_yaml;
pub mod siderolink;
pub mod talosconfig;
pub mod unknown_keys;
pub mod v1alpha1;
pub mod validate;
pub mod value;
pub mod version_contract;

pub use container::Container;
pub use document::Document;
pub use load::{load, load_source};
pub use machine_type::MachineType;
pub use talos_config_yaml::collections::{List, Map};
pub use talos_config_yaml::free_form::FreeForm;
pub use talos_config_yaml::source::Source;
pub use talos_config_yaml::value::Value;
pub use version_contract::VersionContract;
