//! Encryption of the system partitions. Providers, ciphers and the range of slots are not checked.

use std::collections::BTreeSet;

use super::at::At;
use crate::v1alpha1::{EncryptionConfig, MachineConfig};
use crate::validate::Findings;

pub(super) fn check(machine: &MachineConfig, out: &mut Findings) {
    let Some(encryption) = &machine.system_disk_encryption else { return };
    let at = At::root("machine.systemDiskEncryption");
    let partitions = [("EPHEMERAL", "ephemeral", &encryption.ephemeral), ("STATE", "state", &encryption.state)];
    for (label, key, partition) in partitions {
        if let Some(partition) = partition {
            check_partition(partition, label, at.key(key), out);
        }
    }
}

fn check_partition(partition: &EncryptionConfig, label: &str, at: At<'_>, out: &mut Findings) {
    let at = at.key("keys");
    let keys = partition.keys.as_ref().map_or(&[][..], |keys| keys.entries());
    if keys.is_empty() {
        out.error(at.path(), format!("partition \"{label}\": no encryption keys provided"));
    }
    let mut slots = BTreeSet::new();
    for (position, key) in keys.iter().enumerate() {
        let (Some(key), at) = (key, at.index(position)) else { continue };
        let slot = key.slot;
        if !slots.insert(slot) {
            let message = format!("partition \"{label}\": encryption key slot {slot} is already in use");
            out.error(at.key("slot").path(), message);
        }
        if key.node_id.is_none() && key.r#static.is_none() && key.kms.is_none() && key.tpm.is_none() {
            let message = "doesn't have the configuration parameters";
            out.error(at.path(), format!("partition \"{label}\": encryption key at slot {slot} {message}"));
        }
    }
}
