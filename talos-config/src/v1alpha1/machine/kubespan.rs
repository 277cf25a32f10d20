//! KubeSpan: a WireGuard mesh between all machines of a cluster.

use talos_config_yaml::Section;

/// `NetworkKubeSpan`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.NetworkKubeSpan")]
pub struct NetworkKubeSpan {
    /// `enabled`.
    #[field(go = "KubeSpanEnabled", since = "0.13")]
    pub enabled: Option<bool>,
    /// `advertiseKubernetesNetworks`.
    #[field(go = "KubeSpanAdvertiseKubernetesNetworks", since = "1.2")]
    pub advertise_kubernetes_networks: Option<bool>,
    /// `allowDownPeerBypass`.
    #[field(go = "KubeSpanAllowDownPeerBypass", since = "0.13")]
    pub allow_down_peer_bypass: Option<bool>,
    /// `mtu`.
    #[field(go = "KubeSpanMTU", since = "1.3")]
    pub mtu: Option<u32>,
    /// `filters`.
    #[field(go = "KubeSpanFilters", since = "1.3")]
    pub filters: Option<Box<KubeSpanFilters>>,
}

/// `KubeSpanFilters`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KubeSpanFilters")]
pub struct KubeSpanFilters {
    /// `endpoints`.
    #[field(go = "KubeSpanFiltersEndpoints", since = "1.3")]
    pub endpoints: Option<Vec<String>>,
}
