//! KubeSpan: a WireGuard mesh between all machines of a cluster.

use talos_config_yaml::Section;

/// KubeSpan: WireGuard links between all machines of a cluster, set up by themselves.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.NetworkKubeSpan")]
pub struct NetworkKubeSpan {
    /// Use KubeSpan. Needs cluster discovery.
    #[field(go = "KubeSpanEnabled", since = "0.13", default = "false", example = "true")]
    pub enabled: Option<bool>,
    /// Send the traffic of pods between machines through KubeSpan.
    ///
    /// Needless with a network plugin that routes between the addresses of machines.
    #[field(go = "KubeSpanAdvertiseKubernetesNetworks", since = "1.2", default = "false", example = "false")]
    pub advertise_kubernetes_networks: Option<bool>,
    /// Send traffic for a peer that is down without encryption over the plain route.
    #[field(go = "KubeSpanAllowDownPeerBypass", since = "0.13", default = "false", example = "false")]
    pub allow_down_peer_bypass: Option<bool>,
    /// MTU of the KubeSpan link in bytes, at least 1280: that of the network below less 80.
    #[field(go = "KubeSpanMTU", since = "1.3", default = "1420", example = "1420")]
    pub mtu: Option<u32>,
    /// Which addresses machines announce to each other.
    #[field(
        go = "KubeSpanFilters",
        since = "1.3",
        example = "
            endpoints:
                - 0.0.0.0/0
                - '!192.168.0.0/16'
        "
    )]
    pub filters: Option<Box<KubeSpanFilters>>,
}

/// Which addresses a machine announces to its KubeSpan peers.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KubeSpanFilters")]
pub struct KubeSpanFilters {
    /// Networks whose addresses are announced, in CIDR form; a leading `!` takes a network out.
    ///
    /// Without filters all addresses are announced.
    #[field(
        go = "KubeSpanFiltersEndpoints",
        since = "1.3",
        example = "
            - 0.0.0.0/0
            - '!192.168.0.0/16'
            - ::/0
        "
    )]
    pub endpoints: Option<Vec<String>>,
}
