//! How members of a cluster find each other.

use talos_config_yaml::Section;

/// `ClusterDiscoveryConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ClusterDiscoveryConfig")]
pub struct ClusterDiscoveryConfig {
    /// `enabled`.
    #[field(go = "DiscoveryEnabled", since = "0.13")]
    pub enabled: Option<bool>,
    /// `registries`.
    #[field(go = "DiscoveryRegistries", emit = "always", since = "0.13")]
    pub registries: DiscoveryRegistriesConfig,
}

/// `DiscoveryRegistriesConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DiscoveryRegistriesConfig")]
pub struct DiscoveryRegistriesConfig {
    /// `kubernetes`.
    #[field(go = "RegistryKubernetes", emit = "always", since = "0.13")]
    pub kubernetes: RegistryKubernetesConfig,
    /// `service`.
    #[field(go = "RegistryService", emit = "always", since = "0.13")]
    pub service: RegistryServiceConfig,
}

/// `RegistryKubernetesConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryKubernetesConfig")]
pub struct RegistryKubernetesConfig {
    /// `disabled`.
    #[field(go = "RegistryDisabled", since = "0.13")]
    pub disabled: Option<bool>,
}

/// `RegistryServiceConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryServiceConfig")]
pub struct RegistryServiceConfig {
    /// `disabled`.
    #[field(go = "RegistryDisabled", since = "0.13")]
    pub disabled: Option<bool>,
    /// `endpoint`.
    #[field(go = "RegistryEndpoint", since = "0.13")]
    pub endpoint: String,
}
