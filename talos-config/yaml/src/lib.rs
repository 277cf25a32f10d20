//! talos-config/yaml

pub mod emit;
pub mod natural;
