//! Device rules.

use talos_config_yaml::Section;

/// The device manager.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.UdevConfig")]
pub struct UdevConfig {
    /// Further udev rules, one line each.
    #[field(
        go = "UdevRules",
        since = "0.14",
        example = r#"
            - SUBSYSTEM=="drm", KERNEL=="renderD*", GROUP="44", MODE="0660"
        "#
    )]
    pub rules: Option<Vec<String>>,
}
