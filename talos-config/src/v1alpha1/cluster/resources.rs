//! Requests and limits of control plane pods.

use talos_config_yaml::Section;
use talos_config_yaml::free_form::FreeForm;

/// `ResourcesConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ResourcesConfig")]
pub struct ResourcesConfig {
    /// `requests`.
    #[field(since = "1.5")]
    pub requests: Option<FreeForm>,
    /// `limits`.
    #[field(since = "1.5")]
    pub limits: Option<FreeForm>,
}
