//! Seccomp profiles.

use talos_config_yaml::Section;
use talos_config_yaml::free_form::FreeForm;

/// `MachineSeccompProfile`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineSeccompProfile")]
pub struct MachineSeccompProfile {
    /// `name`.
    #[field(go = "MachineSeccompProfileName", emit = "always", since = "1.2")]
    pub name: String,
    /// `value`.
    #[field(go = "MachineSeccompProfileValue", emit = "always", since = "1.2")]
    pub value: Option<FreeForm>,
}
