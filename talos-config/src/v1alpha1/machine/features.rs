//! Switches of single features.

use talos_config_yaml::Section;

/// `FeaturesConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.FeaturesConfig")]
pub struct FeaturesConfig {
    /// `rbac`.
    #[field(go = "RBAC", since = "0.11", reboot)]
    pub rbac: Option<bool>,
    /// `stableHostname`.
    #[field(since = "1.2", reboot)]
    pub stable_hostname: Option<bool>,
    /// `kubernetesTalosAPIAccess`.
    #[field(key = "kubernetesTalosAPIAccess", go = "KubernetesTalosAPIAccessConfig", since = "1.2")]
    pub kubernetes_talos_api_access: Option<Box<KubernetesTalosApiAccessConfig>>,
    /// `apidCheckExtKeyUsage`.
    #[field(since = "1.3", reboot)]
    pub apid_check_ext_key_usage: Option<bool>,
    /// `diskQuotaSupport`.
    #[field(since = "1.5", reboot)]
    pub disk_quota_support: Option<bool>,
    /// `kubePrism`.
    #[field(go = "KubePrismSupport", since = "1.5")]
    pub kube_prism: Option<Box<KubePrism>>,
}

/// `KubernetesTalosAPIAccessConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KubernetesTalosAPIAccessConfig")]
pub struct KubernetesTalosApiAccessConfig {
    /// `enabled`.
    #[field(go = "AccessEnabled", since = "1.2")]
    pub enabled: Option<bool>,
    /// `allowedRoles`.
    #[field(go = "AccessAllowedRoles", since = "1.2")]
    pub allowed_roles: Option<Vec<String>>,
    /// `allowedKubernetesNamespaces`.
    #[field(go = "AccessAllowedKubernetesNamespaces", since = "1.2")]
    pub allowed_kubernetes_namespaces: Option<Vec<String>>,
}

/// `KubePrism`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KubePrism")]
pub struct KubePrism {
    /// `enabled`.
    #[field(go = "ServerEnabled", since = "1.5")]
    pub enabled: Option<bool>,
    /// `port`.
    #[field(go = "ServerPort", since = "1.5")]
    pub port: i64,
}
