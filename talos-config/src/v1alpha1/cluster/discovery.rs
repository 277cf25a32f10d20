//! How members of a cluster find each other.

use talos_config_yaml::Section;

/// How machines of a cluster find each other.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ClusterDiscoveryConfig")]
pub struct ClusterDiscoveryConfig {
    /// Let machines find each other.
    #[field(go = "DiscoveryEnabled", since = "0.13", default = "false", example = "true")]
    pub enabled: Option<bool>,
    /// Where machines publish themselves.
    #[field(
        go = "DiscoveryRegistries",
        emit = "always",
        since = "0.13",
        example = "
            kubernetes:
                disabled: true
            service:
                endpoint: https://discovery.talos.dev/
        "
    )]
    pub registries: DiscoveryRegistriesConfig,
}

/// Where machines publish themselves.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DiscoveryRegistriesConfig")]
pub struct DiscoveryRegistriesConfig {
    /// In annotations of the cluster's nodes.
    #[field(
        go = "RegistryKubernetes",
        emit = "always",
        since = "0.13",
        example = "
            disabled: true
        "
    )]
    pub kubernetes: RegistryKubernetesConfig,
    /// In a discovery service on the network.
    #[field(
        go = "RegistryService",
        emit = "always",
        since = "0.13",
        example = "
            endpoint: https://discovery.talos.dev/
        "
    )]
    pub service: RegistryServiceConfig,
}

/// Discovery through the cluster's nodes.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryKubernetesConfig")]
pub struct RegistryKubernetesConfig {
    /// Do not use it.
    #[field(go = "RegistryDisabled", since = "0.13", default = "false", example = "true")]
    pub disabled: Option<bool>,
}

/// Discovery through a service, which sees only encrypted data.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryServiceConfig")]
pub struct RegistryServiceConfig {
    /// Do not use it.
    #[field(go = "RegistryDisabled", since = "0.13", default = "false", example = "true")]
    pub disabled: Option<bool>,
    /// URL of the service, without a path.
    #[field(
        go = "RegistryEndpoint",
        since = "0.13",
        default = "https://discovery.talos.dev/",
        example = "https://discovery.talos.dev/"
    )]
    pub endpoint: String,
}
