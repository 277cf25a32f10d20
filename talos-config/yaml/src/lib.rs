//! YAML as Talos reads and writes it, and the sections of its configuration.
//!
//! [`tree`] reads a [`source`]; [`decode`] turns nodes into values, with every problem and its place; [`emit`] writes. A
//! section is described by its table in [`fields`]; [`section`] holds the walks over such tables.
//!
//! This crate is internal to `talos-config`, which shows what users need.

pub mod collections;
pub mod decode;
pub mod emit;
pub mod error;
pub mod fields;
pub mod free_form;
pub mod leaf;
pub mod merge;
pub mod natural;
pub mod resolve;
mod scan;
pub mod schema;
pub mod section;
#[cfg(feature = "serde")]
pub mod serde;
pub mod sink;
pub mod source;
pub mod to_value;
pub mod tree;
pub mod value;

pub use talos_config_derive::Section;
