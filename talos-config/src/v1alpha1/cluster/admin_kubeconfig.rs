//! The kubeconfig of the administrator.

use talos_config_yaml::Section;

use crate::value::duration::Duration;

/// The kubeconfig that administrators download.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.AdminKubeconfigConfig")]
pub struct AdminKubeconfigConfig {
    /// How long its client certificate is valid, such as `1h`.
    #[field(go = "AdminKubeconfigCertLifetime", default = "8760h0m0s", example = "1h0m0s")]
    pub cert_lifetime: Duration,
}
