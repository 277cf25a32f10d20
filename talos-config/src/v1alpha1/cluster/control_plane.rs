//! Where the control plane is reached.

use talos_config_yaml::Section;

use crate::value::url::Url;

/// Where the control plane is reached.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ControlPlaneConfig")]
pub struct ControlPlaneConfig {
    /// URL of the Kubernetes API for all clients: a balancer, a shared address, or a DNS name.
    #[field(emit = "always", example = "https://1.2.3.4:6443", example = "https://cluster1.example.org:6443")]
    pub endpoint: Option<Url>,
    /// Port that kube-apiserver itself listens on.
    #[field(control_plane, key = "localAPIServerPort", default = "6443", example = "6443")]
    pub local_api_server_port: i64,
}
