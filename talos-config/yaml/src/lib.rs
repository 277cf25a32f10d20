//! talos-config/yaml

pub mod decode;
pub mod emit;
pub mod error;
pub mod natural;
pub mod resolve;
mod scan;
pub mod source;
pub mod tree;
pub mod value;
