//! Routes.

use talos_config_yaml::Section;

/// A route over a link.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Route")]
pub struct Route {
    /// Network to reach, in CIDR form; empty for the default route.
    #[field(go = "RouteNetwork", emit = "always", example = "10.5.0.0/16")]
    pub network: String,
    /// Address of the router; empty for a network on the link itself.
    #[field(go = "RouteGateway", emit = "always", example = "10.5.0.1")]
    pub gateway: String,
    /// Address that packets over the route come from.
    #[field(go = "RouteSource", since = "0.12", example = "10.5.0.2")]
    pub source: String,
    /// Metric: of several routes to a network the one with the lowest counts.
    #[field(go = "RouteMetric", default = "1024", example = "1024")]
    pub metric: u32,
    /// MTU of the route in bytes; 0 leaves it to the link.
    #[field(go = "RouteMTU", since = "1.3", default = "0", example = "1400")]
    pub mtu: u32,
}
