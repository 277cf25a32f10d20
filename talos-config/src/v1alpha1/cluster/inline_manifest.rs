//! Manifests given in the document.

use talos_config_yaml::Section;

/// `ClusterInlineManifest`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ClusterInlineManifest")]
pub struct ClusterInlineManifest {
    /// `name`.
    #[field(go = "InlineManifestName", emit = "always", since = "0.10")]
    pub name: String,
    /// `contents`.
    #[field(go = "InlineManifestContents", emit = "always", secret = "mask", since = "0.10")]
    pub contents: String,
}
