//! talos-config/yaml
