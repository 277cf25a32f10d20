//! Device rules.

use talos_config_yaml::Section;

/// `UdevConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.UdevConfig")]
pub struct UdevConfig {
    /// `rules`.
    #[field(go = "UdevRules", since = "0.14")]
    pub rules: Option<Vec<String>>,
}
