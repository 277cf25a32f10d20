//! Routes.

use talos_config_yaml::Section;

/// `Route`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Route")]
pub struct Route {
    /// `network`.
    #[field(go = "RouteNetwork", emit = "always")]
    pub network: String,
    /// `gateway`.
    #[field(go = "RouteGateway", emit = "always")]
    pub gateway: String,
    /// `source`.
    #[field(go = "RouteSource", since = "0.12")]
    pub source: String,
    /// `metric`.
    #[field(go = "RouteMetric")]
    pub metric: u32,
    /// `mtu`.
    #[field(go = "RouteMTU", since = "1.3")]
    pub mtu: u32,
}
