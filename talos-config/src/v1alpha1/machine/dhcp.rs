//! How DHCP is asked.

use talos_config_yaml::Section;

/// How DHCP is asked.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DHCPOptions")]
pub struct DhcpOptions {
    /// Metric of the routes that DHCP gives; 0 means 1024.
    #[field(go = "DHCPRouteMetric", emit = "always", default = "1024", example = "1024")]
    pub route_metric: u32,
    /// Ask for IPv4 addresses.
    #[field(go = "DHCPIPv4", since = "0.9", default = "true", example = "true")]
    pub ipv4: Option<bool>,
    /// Ask for IPv6 addresses.
    #[field(go = "DHCPIPv6", since = "0.9", default = "false", example = "true")]
    pub ipv6: Option<bool>,
    /// Identity of the machine for DHCPv6 (DUID), in hexadecimal digits.
    #[field(go = "DHCPDUIDv6", since = "1.1", example = r#""00010001278b4e0c001122334455""#)]
    pub duidv6: String,
}
