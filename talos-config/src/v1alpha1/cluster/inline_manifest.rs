//! Manifests given in the document.

use talos_config_yaml::Section;

/// A manifest given in the document.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ClusterInlineManifest")]
pub struct ClusterInlineManifest {
    /// Name of the manifest, different from all others.
    #[field(go = "InlineManifestName", emit = "always", since = "0.10", example = "namespace-ci")]
    pub name: String,
    /// The manifest: one or several Kubernetes objects in YAML.
    #[field(
        go = "InlineManifestContents",
        emit = "always",
        secret = "mask",
        since = "0.10",
        example = "
            |-
              apiVersion: v1
              kind: Namespace
              metadata:
                name: ci
        "
    )]
    pub contents: String,
}
