//! Links joined by a bridge.

use talos_config_yaml::Section;

/// A bridge of other links.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Bridge")]
pub struct Bridge {
    /// Names of the links that are bridged.
    #[field(
        go = "BridgedInterfaces",
        emit = "always",
        since = "1.2",
        example = "
            - enxda4042ca9a51
            - enxae2a6774c259
        "
    )]
    pub interfaces: Option<Vec<String>>,
    /// Spanning tree protocol of the bridge.
    #[field(
        go = "BridgeSTP",
        since = "1.2",
        example = "
            enabled: true
        "
    )]
    pub stp: Option<Box<Stp>>,
}

/// Spanning tree protocol of a bridge.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.STP")]
pub struct Stp {
    /// Use the spanning tree protocol.
    #[field(go = "STPEnabled", since = "1.2", default = "true", example = "true")]
    pub enabled: Option<bool>,
}
