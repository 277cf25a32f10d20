//! Links joined by a bridge.

use talos_config_yaml::Section;

/// `Bridge`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Bridge")]
pub struct Bridge {
    /// `interfaces`.
    #[field(go = "BridgedInterfaces", emit = "always", since = "1.2")]
    pub interfaces: Option<Vec<String>>,
    /// `stp`.
    #[field(go = "BridgeSTP", since = "1.2")]
    pub stp: Option<Box<Stp>>,
}

/// `STP`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.STP")]
pub struct Stp {
    /// `enabled`.
    #[field(go = "STPEnabled", since = "1.2")]
    pub enabled: Option<bool>,
}
