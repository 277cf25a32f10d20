//! talos-cli
