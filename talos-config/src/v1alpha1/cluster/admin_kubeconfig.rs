//! The kubeconfig of the administrator.

use talos_config_yaml::Section;

use crate::value::duration::Duration;

/// `AdminKubeconfigConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.AdminKubeconfigConfig")]
pub struct AdminKubeconfigConfig {
    /// `certLifetime`.
    #[field(go = "AdminKubeconfigCertLifetime")]
    pub cert_lifetime: Duration,
}
