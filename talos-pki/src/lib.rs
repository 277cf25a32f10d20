//! talos-pki
