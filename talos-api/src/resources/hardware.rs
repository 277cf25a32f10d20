//! What the firmware says about the machine.

use super::kinds::kinds;
use super::spec::spec;

kinds! {
    /// Memory modules, as the firmware lists them.
    MemoryModules: MemoryModuleSpec = "MemoryModules.hardware.talos.dev" in "hardware" {
        display: "MemoryModule",
        aliases: ["memorymodules", "ram"],
        columns: [("Manufacturer", "{.manufacturer}"), ("Model", "{.productName}"), ("SizeMiB", "{.sizeMiB}")],
    }

    /// Processors, as the firmware lists them.
    Processors: ProcessorSpec = "Processors.hardware.talos.dev" in "hardware" {
        display: "Processor",
        aliases: ["cpus", "cpu"],
        columns: [("Manufacturer", "{.manufacturer}"), ("Model", "{.productName}"), ("Cores", "{.coreCount}"), ("Threads", "{.threadCount}")],
    }

    /// The machine, as the firmware describes it.
    SystemInformations: SystemInformationSpec = "SystemInformations.hardware.talos.dev" in "hardware" {
        display: "SystemInformation",
        aliases: ["systeminformation"],
        columns: [("Manufacturer", "{.manufacturer}"), ("ProductName", "{.productName}"), ("Version", "{.version}"), ("SerialNumber", "{.serialnumber}"), ("UUID", "{.uuid}"), ("WakeUpType", "{.wakeUpType}"), ("SKUNumber", "{.skuNumber}")],
    }
}

spec! {
    /// What [`MemoryModules`] say.
    MemoryModuleSpec = "talos.resource.definitions.hardware.MemoryModuleSpec" {
        /// In MiB.
        1 size: u32 = "sizeMiB" [omit_empty],
        2 device_locator: String = "deviceLocator" [omit_empty],
        3 bank_locator: String = "bankLocator" [omit_empty],
        /// In MT/s.
        4 speed: u32 = "speed" [omit_empty],
        5 manufacturer: String = "manufacturer" [omit_empty],
        6 serial_number: String = "serialNumber" [omit_empty],
        7 asset_tag: String = "assetTag" [omit_empty],
        8 product_name: String = "productName" [omit_empty],
    }

    /// What [`Processors`] say.
    ProcessorSpec = "talos.resource.definitions.hardware.ProcessorSpec" {
        1 socket: String = "socket" [omit_empty],
        2 manufacturer: String = "manufacturer" [omit_empty],
        3 product_name: String = "productName" [omit_empty],
        /// In MHz.
        4 max_speed: u32 = "maxSpeedMhz" [omit_empty],
        /// In MHz.
        5 boot_speed: u32 = "bootSpeedMhz" [omit_empty],
        6 status: u32 = "status" [omit_empty],
        7 serial_number: String = "serialNumber" [omit_empty],
        8 asset_tag: String = "assetTag" [omit_empty],
        9 part_number: String = "partNumber" [omit_empty],
        10 core_count: u32 = "coreCount" [omit_empty],
        11 core_enabled: u32 = "coreEnabled" [omit_empty],
        12 thread_count: u32 = "threadCount" [omit_empty],
    }

    /// What [`SystemInformations`] say.
    SystemInformationSpec = "talos.resource.definitions.hardware.SystemInformationSpec" {
        1 manufacturer: String = "manufacturer" [omit_empty],
        2 product_name: String = "productName" [omit_empty],
        3 version: String = "version" [omit_empty],
        4 serial_number: String = "serialnumber" [omit_empty],
        5 uuid: String = "uuid" [omit_empty],
        6 wake_up_type: String = "wakeUpType" [omit_empty],
        7 sku_number: String = "skuNumber" [omit_empty],
    }
}
