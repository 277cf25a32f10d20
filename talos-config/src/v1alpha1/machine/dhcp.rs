//! How DHCP is asked.

use talos_config_yaml::Section;

/// `DHCPOptions`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DHCPOptions")]
pub struct DhcpOptions {
    /// `routeMetric`.
    #[field(go = "DHCPRouteMetric", emit = "always")]
    pub route_metric: u32,
    /// `ipv4`.
    #[field(go = "DHCPIPv4", since = "0.9")]
    pub ipv4: Option<bool>,
    /// `ipv6`.
    #[field(go = "DHCPIPv6", since = "0.9")]
    pub ipv6: Option<bool>,
    /// `duidv6`.
    #[field(go = "DHCPDUIDv6", since = "1.1")]
    pub duidv6: String,
}
