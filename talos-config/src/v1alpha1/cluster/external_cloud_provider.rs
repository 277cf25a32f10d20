//! Cloud controller managers.

use talos_config_yaml::Section;

/// A cloud controller manager that runs on the cluster.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ExternalCloudProviderConfig")]
pub struct ExternalCloudProviderConfig {
    /// Start kubelet and control plane with an external cloud provider.
    #[field(go = "ExternalEnabled", since = "0.10", default = "false", example = "true")]
    pub enabled: Option<bool>,
    /// URLs of the controller's manifests.
    #[field(
        go = "ExternalManifests",
        since = "0.10",
        example = "
            - https://example.org/rbac.yaml
            - https://example.org/cloud-controller.yaml
        "
    )]
    pub manifests: Option<Vec<String>>,
}
