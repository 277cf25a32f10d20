//! Seccomp profiles.

use talos_config_yaml::Section;
use talos_config_yaml::free_form::FreeForm;

/// A seccomp profile for pods.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineSeccompProfile")]
pub struct MachineSeccompProfile {
    /// File name of the profile, which pods name as `profiles/<name>`.
    #[field(go = "MachineSeccompProfileName", emit = "always", since = "1.2", example = "audit.json")]
    pub name: String,
    /// The profile, in the form of the container runtimes (JSON).
    #[field(
        go = "MachineSeccompProfileValue",
        emit = "always",
        since = "1.2",
        example = "
            defaultAction: SCMP_ACT_LOG
        "
    )]
    pub value: Option<FreeForm>,
}
