//! Switches of single features.

use talos_config_yaml::Section;

/// Switches of single features.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.FeaturesConfig")]
pub struct FeaturesConfig {
    /// Check the roles in client certificates on every call of the API.
    #[field(go = "RBAC", since = "0.11", reboot, default = "false", example = "true")]
    pub rbac: Option<bool>,
    /// Make the host name from the machine's identity instead of its address, where none is given.
    #[field(since = "1.2", reboot, default = "false", example = "true")]
    pub stable_hostname: Option<bool>,
    /// Lets pods on the cluster use the Talos API. Control plane machines only; needs `rbac`.
    #[field(
        control_plane,
        key = "kubernetesTalosAPIAccess",
        go = "KubernetesTalosAPIAccessConfig",
        since = "1.2",
        example = "
            enabled: true
            allowedRoles:
                - os:reader
            allowedKubernetesNamespaces:
                - kube-system
        "
    )]
    pub kubernetes_talos_api_access: Option<Box<KubernetesTalosApiAccessConfig>>,
    /// Refuse client certificates that are not made for clients.
    #[field(since = "1.3", reboot, default = "false", example = "true")]
    pub apid_check_ext_key_usage: Option<bool>,
    /// Use project quotas on the partition at `/var`, so that pods can be limited.
    #[field(since = "1.5", reboot, default = "false", example = "true")]
    pub disk_quota_support: Option<bool>,
    /// KubePrism: a balancer for the Kubernetes API on every machine.
    #[field(
        go = "KubePrismSupport",
        since = "1.5",
        example = "
            enabled: true
            port: 7445
        "
    )]
    pub kube_prism: Option<Box<KubePrism>>,
}

/// Access of pods to the Talos API through service accounts.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KubernetesTalosAPIAccessConfig")]
pub struct KubernetesTalosApiAccessConfig {
    /// Allow the access.
    #[field(go = "AccessEnabled", since = "1.2", default = "false", example = "true")]
    pub enabled: Option<bool>,
    /// Roles that pods can have.
    #[field(
        go = "AccessAllowedRoles",
        since = "1.2",
        values("os:admin", "os:operator", "os:reader", "os:etcd:backup", "os:impersonator"),
        example = "
            - os:reader
        "
    )]
    pub allowed_roles: Option<Vec<String>>,
    /// Namespaces of the pods that may have access.
    #[field(
        go = "AccessAllowedKubernetesNamespaces",
        since = "1.2",
        example = "
            - kube-system
        "
    )]
    pub allowed_kubernetes_namespaces: Option<Vec<String>>,
}

/// A balancer on every machine for the Kubernetes API of the control plane machines.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KubePrism")]
pub struct KubePrism {
    /// Run the balancer.
    #[field(go = "ServerEnabled", since = "1.5", default = "false", example = "true")]
    pub enabled: Option<bool>,
    /// Port of the balancer on the loopback address.
    #[field(go = "ServerPort", since = "1.5", default = "7445", example = "7445")]
    pub port: i64,
}
