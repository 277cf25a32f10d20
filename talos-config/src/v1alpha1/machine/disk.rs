//! Further disks of a machine.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

use crate::value::size::DiskSize;

/// A disk to partition besides the system disk.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineDisk")]
pub struct MachineDisk {
    /// Device node of the disk.
    #[field(go = "DeviceName", example = "/dev/sdb")]
    pub device: String,
    /// The disk's partitions in their order.
    #[field(
        go = "DiskPartitions",
        example = "
            - size: 100 GB
              mountpoint: /var/mnt/extra
        "
    )]
    pub partitions: Option<List<DiskPartition>>,
}

/// A partition of a disk.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DiskPartition")]
pub struct DiskPartition {
    /// Size in bytes, or with a unit. The last partition may leave it out and takes the rest.
    #[field(go = "DiskSize", default = "0", example = "100 MB", example = "1073741824")]
    pub size: DiskSize,
    /// Where the partition is mounted, below `/var`.
    #[field(go = "DiskMountPoint", example = "/var/mnt/extra")]
    pub mountpoint: String,
}
