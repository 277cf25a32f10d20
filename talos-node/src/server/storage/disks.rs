//! `Disks`: which disks there are.

use talos_api::proto::storage::disk::DiskType;
use talos_api::proto::storage::{Disk, Disks, DisksResponse};
use talos_api::server::failure;
use tonic::Status;

use crate::sys::disks::{self, Medium};
use crate::sys::{Error, Host};

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
#[error("failed to read /sys/block directory")]
struct Unlisted(#[source] Error);

/// Lists disks by name. `system_disk` is the device that the system is installed on, if it is: `/dev/sda`. Identifiers are left
/// out, as the reference leaves them.
///
/// # Errors
/// `Unknown` when the machine does not tell.
pub fn disks(host: &dyn Host, system_disk: Option<&str>) -> Result<DisksResponse, Status> {
    let disks = host.disks().map_err(|error| failure::unknown(&Unlisted(error)))?;
    let disks = disks.into_iter().map(|disk| describe(disk, system_disk)).collect();
    Ok(DisksResponse { messages: vec![Disks { metadata: None, disks }] })
}

fn describe(disk: disks::Disk, system_disk: Option<&str>) -> Disk {
    let device_name = format!("/dev/{}", disk.device);
    let medium = match disk.medium {
        Medium::Unknown => DiskType::Unknown,
        Medium::SolidState => DiskType::Ssd,
        Medium::Rotating => DiskType::Hdd,
        Medium::Nvme => DiskType::Nvme,
        Medium::Card => DiskType::Sd,
    };
    Disk {
        size: disk.size,
        model: disk.model,
        system_disk: system_disk == Some(&*device_name),
        device_name,
        name: disk.name,
        serial: disk.serial,
        modalias: disk.modalias,
        uuid: String::new(),
        wwid: String::new(),
        r#type: medium.into(),
        bus_path: disk.bus_path,
        subsystem: disk.subsystem,
    }
}
