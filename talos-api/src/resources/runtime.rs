//! The running system.

use super::kinds::kinds;
use super::net::Ip;
use super::secret::Url;
use super::spec::spec;
use super::texts::texts;

kinds! {
    /// Whether device nodes are there.
    DevicesStatuses: DevicesStatusSpec = "DevicesStatuses.runtime.talos.dev" in "runtime" {
        display: "DevicesStatus",
        aliases: [],
        columns: [("Ready", "{.ready}")],
    }

    /// Where events are pushed to.
    EventSinkConfigs: EventSinkConfigSpec = "EventSinkConfigs.runtime.talos.dev" in "runtime" {
        display: "EventSinkConfig",
        aliases: [],
        columns: [],
    }

    /// Kernel modules wanted.
    KernelModuleSpecs: KernelModuleSpecSpec = "KernelModuleSpecs.runtime.talos.dev" in "runtime" {
        display: "KernelModuleSpec",
        aliases: ["modules"],
        columns: [],
    }

    /// Kernel parameters the system sets by itself.
    KernelParamDefaultSpecs: KernelParamSpecSpec = "KernelParamDefaultSpecs.runtime.talos.dev" in "runtime" {
        display: "KernelParamDefaultSpec",
        aliases: [],
        columns: [],
    }

    /// Kernel parameters wanted.
    KernelParamSpecs: KernelParamSpecSpec = "KernelParamSpecs.runtime.talos.dev" in "runtime" {
        display: "KernelParamSpec",
        aliases: [],
        columns: [],
    }

    /// Kernel parameters.
    KernelParamStatuses: KernelParamStatusSpec = "KernelParamStatuses.runtime.talos.dev" in "runtime" {
        display: "KernelParamStatus",
        aliases: ["sysctls", "kernelparameters", "kernelparams"],
        columns: [("Current", "{.current}"), ("Default", "{.default}"), ("Unsupported", "{.unsupported}")],
    }

    /// Where kernel messages are sent to.
    KmsgLogConfigs: KmsgLogConfigSpec = "KmsgLogConfigs.runtime.talos.dev" in "runtime" {
        display: "KmsgLogConfig",
        aliases: [],
        columns: [],
    }

    /// Stage and readiness of the machine.
    MachineStatuses: MachineStatusSpec = "MachineStatuses.runtime.talos.dev" in "runtime" {
        display: "MachineStatus",
        aliases: [],
        columns: [("Stage", "{.stage}"), ("Ready", "{.status.ready}")],
    }

    /// Where the maintenance service listens.
    MaintenanceServiceConfigs: MaintenanceServiceConfigSpec = "MaintenanceServiceConfigs.runtime.talos.dev" in "runtime" {
        display: "MaintenanceServiceConfig",
        aliases: [],
        columns: [],
    }

    /// Asks for the maintenance service.
    MaintenanceServiceRequests: MaintenanceServiceRequestSpec = "MaintenanceServiceRequests.runtime.talos.dev" in "runtime" {
        display: "MaintenanceServiceRequest",
        aliases: [],
        columns: [],
    }

    /// Values of the META partition.
    MetaKeys: MetaKeySpec = "MetaKeys.runtime.talos.dev" in "runtime" {
        display: "MetaKey",
        aliases: ["meta"],
        columns: [("Value", "{.value}")],
    }

    /// Mounted system partitions.
    MountStatuses: MountStatusSpec = "MountStatuses.runtime.talos.dev" in "runtime" {
        display: "MountStatus",
        aliases: ["mounts"],
        columns: [("Source", "{.source}"), ("Target", "{.target}"), ("Filesystem Type", "{.filesystemType}")],
    }

    /// What the platform says about the machine.
    PlatformMetadatas: PlatformMetadataSpec = "PlatformMetadatas.talos.dev" in "runtime" {
        display: "PlatformMetadata",
        aliases: [],
        columns: [("Platform", "{.platform}"), ("Type", "{.instanceType}"), ("Region", "{.region}"), ("Zone", "{.zone}")],
    }

    /// How the machine was booted.
    SecurityStates: SecurityStateSpec = "SecurityStates.talos.dev" in "runtime" {
        display: "SecurityState",
        aliases: [],
        columns: [("SecureBoot", "{.secureBoot}"), ("UKISigningKeyFingerprint", "{.ukiSigningKeyFingerprint}"), ("PCRSigningKeyFingerprint", "{.pcrSigningKeyFingerprint}")],
    }
}

spec! {
    /// Says nothing: that the resource is there is all.
    MaintenanceServiceRequestSpec = "" {}

    /// What [`DevicesStatuses`] say.
    DevicesStatusSpec = "talos.resource.definitions.runtime.DevicesStatusSpec" {
        1 ready: bool = "ready",
    }

    /// What [`EventSinkConfigs`] say.
    EventSinkConfigSpec = "talos.resource.definitions.runtime.EventSinkConfigSpec" {
        1 endpoint: String = "endpoint",
    }

    /// What [`KernelModuleSpecs`] say.
    KernelModuleSpecSpec = "talos.resource.definitions.runtime.KernelModuleSpecSpec" {
        1 name: String = "string",
        2 parameters: Vec<String> = "parameters",
    }

    /// What [`KernelParamDefaultSpecs`] and [`KernelParamSpecs`] say.
    KernelParamSpecSpec = "talos.resource.definitions.runtime.KernelParamSpecSpec" {
        1 value: String = "value",
        2 ignore_errors: bool = "ignoreErrors",
    }

    /// What [`KernelParamStatuses`] say.
    KernelParamStatusSpec = "talos.resource.definitions.runtime.KernelParamStatusSpec" {
        1 current: String = "current",
        2 default: String = "default",
        3 unsupported: bool = "unsupported",
    }

    /// What [`KmsgLogConfigs`] say.
    KmsgLogConfigSpec = "talos.resource.definitions.runtime.KmsgLogConfigSpec" {
        1 destinations: Vec<Option<Url>> = "destinations",
    }

    /// What [`MachineStatuses`] say.
    MachineStatusSpec = "talos.resource.definitions.runtime.MachineStatusSpec" {
        1 stage: MachineStage = "stage",
        2 status: MachineStatusStatus = "status",
    }

    /// Whether the machine is ready, and why not.
    MachineStatusStatus = "talos.resource.definitions.runtime.MachineStatusStatus" {
        1 ready: bool = "ready",
        2 unmet_conditions: Vec<UnmetCondition> = "unmetConditions",
    }

    /// What [`MaintenanceServiceConfigs`] say.
    MaintenanceServiceConfigSpec = "talos.resource.definitions.runtime.MaintenanceServiceConfigSpec" {
        1 listen_address: String = "listenAddress",
        2 reachable_addresses: Vec<Ip> = "reachableAddresses",
    }

    /// What [`MetaKeys`] say.
    MetaKeySpec = "talos.resource.definitions.runtime.MetaKeySpec" {
        1 value: String = "value",
    }

    /// What [`MountStatuses`] say.
    MountStatusSpec = "talos.resource.definitions.runtime.MountStatusSpec" {
        1 source: String = "source",
        2 target: String = "target",
        3 filesystem_type: String = "filesystemType",
        4 options: Vec<String> = "options",
        5 encrypted: bool = "encrypted",
    }

    /// What [`PlatformMetadatas`] say.
    PlatformMetadataSpec = "talos.resource.definitions.runtime.PlatformMetadataSpec" {
        1 platform: String = "platform" [omit_empty],
        2 hostname: String = "hostname" [omit_empty],
        3 region: String = "region" [omit_empty],
        4 zone: String = "zone" [omit_empty],
        5 instance_type: String = "instanceType" [omit_empty],
        6 instance_id: String = "instanceId" [omit_empty],
        7 provider_id: String = "providerId" [omit_empty],
        8 spot: bool = "spot" [omit_empty],
    }

    /// What [`SecurityStates`] say.
    SecurityStateSpec = "talos.resource.definitions.runtime.SecurityStateSpec" {
        1 secure_boot: bool = "secureBoot",
        2 uki_signing_key_fingerprint: String = "ukiSigningKeyFingerprint" [omit_empty],
        3 pcr_signing_key_fingerprint: String = "pcrSigningKeyFingerprint" [omit_empty],
    }

    /// What the machine waits for.
    UnmetCondition = "talos.resource.definitions.runtime.UnmetCondition" {
        1 name: String = "name",
        2 reason: String = "reason",
    }
}

texts! {
    /// What the machine is doing.
    MachineStage("MachineStage", "runtime.MachineStage") of "talos.resource.definitions.enums.RuntimeMachineStage" {
        UNKNOWN = 0 "unknown",
        BOOTING = 1 "booting",
        INSTALLING = 2 "installing",
        MAINTENANCE = 3 "maintenance",
        RUNNING = 4 "running",
        REBOOTING = 5 "rebooting",
        SHUTTING_DOWN = 6 "shutting down",
        RESETTING = 7 "resetting",
        UPGRADING = 8 "upgrading",
    }
}
