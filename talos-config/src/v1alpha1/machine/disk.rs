//! Further disks of a machine.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

use crate::value::size::DiskSize;

/// `MachineDisk`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineDisk")]
pub struct MachineDisk {
    /// `device`.
    #[field(go = "DeviceName")]
    pub device: String,
    /// `partitions`.
    #[field(go = "DiskPartitions")]
    pub partitions: Option<List<DiskPartition>>,
}

/// `DiskPartition`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DiskPartition")]
pub struct DiskPartition {
    /// `size`.
    #[field(go = "DiskSize")]
    pub size: DiskSize,
    /// `mountpoint`.
    #[field(go = "DiskMountPoint")]
    pub mountpoint: String,
}
