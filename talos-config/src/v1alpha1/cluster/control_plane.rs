//! Where the control plane is reached.

use talos_config_yaml::Section;

use crate::value::url::Url;

/// `ControlPlaneConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ControlPlaneConfig")]
pub struct ControlPlaneConfig {
    /// `endpoint`.
    #[field(emit = "always")]
    pub endpoint: Option<Url>,
    /// `localAPIServerPort`.
    #[field(key = "localAPIServerPort")]
    pub local_api_server_port: i64,
}
