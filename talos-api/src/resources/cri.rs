//! The container runtime.

use super::free_form::FreeForm;
use super::kinds::kinds;
use super::spec::spec;

kinds! {
    /// Seccomp profiles for containers.
    SeccompProfiles: SeccompProfileSpec = "SeccompProfiles.cri.talos.dev" in "cri" {
        display: "SeccompProfile",
        aliases: [],
        columns: [],
    }
}

spec! {
    /// What [`SeccompProfiles`] say.
    SeccompProfileSpec = "talos.resource.definitions.cri.SeccompProfileSpec" {
        1 name: String = "name",
        2 value: FreeForm = "value",
    }
}
