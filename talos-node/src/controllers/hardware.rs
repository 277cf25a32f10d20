//! What the machine is made of.

use std::sync::Arc;

use talos_api::resources::hardware::{
    MemoryModuleSpec, MemoryModules, ProcessorSpec, Processors, SystemInformationSpec, SystemInformations,
};
use talos_config::validate::Mode;

use super::controller;
use crate::cosi::controller::{Failure, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::sys::firmware::{Slot, Socket, System};

/// Tells what the firmware says about the machine, once. In a container that is somebody else's machine, and not told.
///
/// Source: `internal/app/machined/pkg/controllers/hardware/system.go` (1.5).
#[derive(Debug)]
pub struct SystemInfoController {
    machine: Arc<Machine>,
}

impl SystemInfoController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    SystemInfoController = "hardware.SystemInfoController" {
        inputs: [],
        outputs: [
            Output::exclusive::<Processors>(),
            Output::exclusive::<MemoryModules>(),
            Output::exclusive::<SystemInformations>(),
        ],
    }
}

impl Plan for SystemInfoController {
    fn plan(&self, _: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        if self.machine.settings.platform.mode() == Mode::Container {
            return Ok(());
        }
        let firmware = self.machine.host.firmware()?;
        outputs.put::<SystemInformations>("systeminformation", system(firmware.system));
        for socket in firmware.sockets {
            if let Some(id) = id(&socket.designation) {
                outputs.put::<Processors>(id, processor(socket));
            }
        }
        for slot in firmware.slots {
            if let Some(id) = id(&slot.device_locator) {
                outputs.put::<MemoryModules>(id, module(slot));
            }
        }
        Ok(())
    }
}

/// A name as an id: `CPU 0` is `CPU-0`. What has no name cannot be told.
fn id(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| name.replace(' ', "-"))
}

fn system(system: System) -> SystemInformationSpec {
    SystemInformationSpec {
        manufacturer: system.manufacturer,
        product_name: system.product_name,
        version: system.version,
        serial_number: system.serial_number,
        uuid: system.uuid,
        wake_up_type: WAKE_UP_TYPES.get(usize::from(system.wake_up_type)).unwrap_or(&"Unknown").to_string(),
        sku_number: system.sku_number,
    }
}

/// What switches machines on, by code.
const WAKE_UP_TYPES: [&str; 9] = [
    "Reserved",
    "Other",
    "Unknown",
    "APM Timer",
    "Modem Ring",
    "LAN Remote",
    "Power Switch",
    "PCI PME#",
    "AC Power Restored",
];

/// Of an empty socket there is nothing to say.
fn processor(socket: Socket) -> ProcessorSpec {
    if !socket.is_populated() {
        return ProcessorSpec::default();
    }
    ProcessorSpec {
        socket: socket.designation,
        manufacturer: socket.manufacturer,
        product_name: socket.version,
        max_speed: socket.max_speed.into(),
        boot_speed: socket.current_speed.into(),
        status: socket.status.into(),
        serial_number: socket.serial_number,
        asset_tag: socket.asset_tag,
        part_number: socket.part_number,
        core_count: socket.cores.into(),
        core_enabled: socket.enabled_cores.into(),
        thread_count: socket.threads.into(),
    }
}

/// Of an empty slot there is nothing to say.
fn module(slot: Slot) -> MemoryModuleSpec {
    if slot.size == 0 {
        return MemoryModuleSpec::default();
    }
    MemoryModuleSpec {
        size: slot.size,
        device_locator: slot.device_locator,
        bank_locator: slot.bank_locator,
        speed: slot.speed.into(),
        manufacturer: slot.manufacturer,
        serial_number: slot.serial_number,
        asset_tag: slot.asset_tag,
        product_name: slot.part_number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{Folder, store, wanted};
    use crate::machine::testing;
    use crate::platform::Metal;
    use crate::sys::Recording;

    #[test]
    fn the_machine_is_told_but_for_containers() {
        let folder = Folder::new("hardware");
        folder.write("sys/class/dmi/id/sys_vendor", "QEMU\n");
        folder.write("sys/class/dmi/id/product_uuid", "0A-1\n");
        folder.write(
            "proc/cpuinfo",
            "processor: 0\nphysical id: 0\nvendor_id: AuthenticAMD\nmodel name: EPYC\ncpu cores: 1\n",
        );
        let machine = |is_metal| {
            testing::machine_on(Recording::new(folder.path()), |settings| {
                if is_metal {
                    settings.platform = Arc::new(Metal);
                }
            })
        };
        let told = |is_metal| wanted(&store(), &SystemInfoController::new(machine(is_metal)));
        assert_eq!(told(false), [""; 0]);
        let expected = [
            "hardware/CPU-0: socket: CPU 0; manufacturer: AuthenticAMD; productName: EPYC; status: 65; coreCount: 1; \
             coreEnabled: 1; threadCount: 1",
            "hardware/systeminformation: manufacturer: QEMU; uuid: 0a-1; wakeUpType: Unknown",
        ];
        assert_eq!(told(true), expected);
    }

    #[test]
    fn what_is_empty_has_nothing_to_tell() {
        let slot = Slot { device_locator: "DIMM 1".into(), ..Slot::default() };
        assert_eq!((id(&slot.device_locator).as_deref(), module(slot)), (Some("DIMM-1"), MemoryModuleSpec::default()));
        let socket = Socket { designation: "CPU 1".into(), status: 1, ..Socket::default() };
        assert_eq!(processor(socket), ProcessorSpec::default());
        assert_eq!(id(""), None);
        assert_eq!(system(System { wake_up_type: 6, ..System::default() }).wake_up_type, "Power Switch");
        assert_eq!(system(System { wake_up_type: 9, ..System::default() }).wake_up_type, "Unknown");
    }
}
