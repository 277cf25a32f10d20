//! Cloud controller managers.

use talos_config_yaml::Section;

/// `ExternalCloudProviderConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ExternalCloudProviderConfig")]
pub struct ExternalCloudProviderConfig {
    /// `enabled`.
    #[field(go = "ExternalEnabled", since = "0.10")]
    pub enabled: Option<bool>,
    /// `manifests`.
    #[field(go = "ExternalManifests", since = "0.10")]
    pub manifests: Option<Vec<String>>,
}
