//! The machine configuration as a resource.

use super::kinds::kinds;
use super::spec::spec;
use super::texts::texts;
use super::value::Document;

kinds! {
    /// The machine configuration in force, and the one submitted in maintenance mode.
    MachineConfigs: MachineConfigSpec = "MachineConfigs.config.talos.dev" in "config" {
        display: "MachineConfig",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// What the machine is configured to be.
    MachineTypes: MachineTypeSpec = "MachineTypes.config.talos.dev" in "config" {
        display: "MachineType",
        aliases: [],
        columns: [("Type", "{@}")],
    }
}

spec! {
    /// What [`MachineConfigs`] say: the documents as they were submitted, comments included.
    MachineConfigSpec = "resource.config.MachineConfigSpec" as Text {
        1 yaml_marshalled: Document = "" [secret],
    }

    /// What [`MachineTypes`] say.
    MachineTypeSpec = "resource.config.MachineTypeSpec" as Bare {
        1 machine_type: MachineType = "",
    }
}

texts! {
    /// What a machine is configured to be.
    MachineType("Type", "machine.Type") of "talos.resource.definitions.enums.MachineType" {
        UNKNOWN = 0 "unknown",
        INIT = 1 "init",
        CONTROL_PLANE = 2 "controlplane",
        WORKER = 3 "worker",
    }
}
