//! Further disks.

use super::at::At;
use crate::v1alpha1::MachineConfig;
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

/// Only the last partition of a disk may take what is left.
pub(super) fn check(machine: &MachineConfig, out: &mut Findings) {
    let Some(disks) = &machine.disks else { return };
    let at = At::root("machine.disks");
    for (position, disk) in disks.entries().iter().enumerate() {
        let (Some(disk), at) = (disk, at.index(position)) else { continue };
        let Some(partitions) = &disk.partitions else { continue };
        let at = at.key("partitions");
        let [earlier @ .., _] = partitions.entries() else { continue };
        for (position, partition) in earlier.iter().enumerate() {
            if partition.as_ref().is_some_and(|partition| partition.size.0 == 0) {
                let device = go_quote(&disk.device);
                let message = format!(
                    "partition for disk {device} is set to occupy full disk, but it's not the last partition in the list"
                );
                out.error(at.index(position).key("size").path(), message);
            }
        }
    }
}
