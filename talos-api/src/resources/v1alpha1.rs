//! Services and the acquisition of a configuration.

use super::kinds::kinds;
use super::spec::spec;

kinds! {
    /// Asks for a configuration to be acquired.
    AcquireConfigSpecs: AcquireConfigSpecSpec = "AcquireConfigSpecs.v1alpha1.talos.dev" in "runtime" {
        display: "AcquireConfigSpec",
        aliases: [],
        columns: [],
    }

    /// A configuration was acquired.
    AcquireConfigStatuses: AcquireConfigStatusSpec = "AcquireConfigStatuses.v1alpha1.talos.dev" in "runtime" {
        display: "AcquireConfigStatus",
        aliases: [],
        columns: [],
    }

    /// System services.
    Services: ServiceSpec = "Services.v1alpha1.talos.dev" in "runtime" {
        display: "Service",
        aliases: ["svc"],
        columns: [("Running", "{.running}"), ("Healthy", "{.healthy}"), ("Health Unknown", "{.unknown}")],
    }
}

spec! {
    /// Says nothing: that the resource is there is all.
    AcquireConfigSpecSpec = "" {}

    /// Says nothing: that the resource is there is all.
    AcquireConfigStatusSpec = "" {}

    /// What [`Services`] say.
    ServiceSpec = "talos.resource.definitions.v1alpha1.ServiceSpec" {
        1 running: bool = "running",
        2 healthy: bool = "healthy",
        3 unknown: bool = "unknown",
    }
}
