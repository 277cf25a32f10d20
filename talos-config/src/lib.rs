//! talos-config
