//! Installation to disk.

use talos_config_yaml::Section;

use crate::value::disk_type::DiskType;
use crate::value::size::DiskSizeMatcher;

/// Installation of the system to disk.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.InstallConfig")]
pub struct InstallConfig {
    /// Device node of the disk to install to.
    #[field(go = "InstallDisk", example = "/dev/sda", example = "/dev/nvme0n1")]
    pub disk: String,
    /// Finds the disk to install to by its properties. Wins over `disk`.
    ///
    /// All properties that are set must match; the first such disk is taken.
    #[field(
        go = "InstallDiskSelector",
        since = "0.10",
        example = "
            size: '>= 100GB'
            model: WDC*
        "
    )]
    pub disk_selector: Option<Box<InstallDiskSelector>>,
    /// Further arguments of the kernel's command line.
    #[field(
        go = "InstallExtraKernelArgs",
        example = "
            - talos.platform=metal
            - reboot=k
        "
    )]
    pub extra_kernel_args: Option<Vec<String>>,
    /// Image of the installer; its version is the version that is installed.
    #[field(go = "InstallImage", example = "ghcr.io/siderolabs/installer:v1.5.5")]
    pub image: String,
    /// System extensions to install besides those in the installer's image.
    #[field(
        go = "InstallExtensions",
        since = "1.0",
        example = "
            - image: ghcr.io/siderolabs/gvisor:20231214.0-v1.5.5
        "
    )]
    pub extensions: Option<Vec<InstallExtensionConfig>>,
    /// Install a boot loader.
    #[field(go = "InstallBootloader", default = "true", example = "true")]
    pub bootloader: Option<bool>,
    /// Erase the disk before installing.
    #[field(go = "InstallWipe", emit = "always", default = "false", example = "false")]
    pub wipe: Option<bool>,
    /// Mark the partition as bootable in the way that old firmware looks for.
    #[field(
        key = "legacyBIOSSupport",
        go = "InstallLegacyBIOSSupport",
        since = "0.11",
        default = "false",
        example = "true"
    )]
    pub legacy_bios_support: Option<bool>,
}

/// Properties that find a disk; `*` in a text stands for any text.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.InstallDiskSelector")]
pub struct InstallDiskSelector {
    /// Size to compare with: `>=`, `<=`, `>`, `<` or `==`, then a size. Without a sign it is `==`.
    #[field(since = "0.10", example = "4GB", example = "'> 1TB'", example = "'<= 2TB'")]
    pub size: Option<DiskSizeMatcher>,
    /// Name of the device in `/sys/block/<dev>/device/name`.
    #[field(since = "0.10", example = "sd*")]
    pub name: String,
    /// Model in `/sys/block/<dev>/device/model`.
    #[field(since = "0.10", example = "WDC*")]
    pub model: String,
    /// Serial number in `/sys/block/<dev>/serial`.
    #[field(since = "0.10", example = "S4EWNX0R*")]
    pub serial: String,
    /// Alias of the device's driver in `/sys/block/<dev>/device/modalias`.
    #[field(since = "0.10", example = "scsi:t-0x00")]
    pub modalias: String,
    /// UUID in `/sys/block/<dev>/uuid`.
    #[field(go = "UUID", since = "0.10", example = "6e7b5e7a-*")]
    pub uuid: String,
    /// World-wide identity in `/sys/block/<dev>/wwid`.
    #[field(go = "WWID", since = "0.10", example = "naa.5000c500*")]
    pub wwid: String,
    /// Kind of the disk.
    #[field(since = "0.10", values("ssd", "hdd", "nvme", "sd"), example = "ssd")]
    pub r#type: DiskType,
    /// Place on the bus, the path of the device below `/sys/devices`.
    #[field(
        since = "1.0",
        example = "/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0",
        example = "/pci0000:00/*"
    )]
    pub bus_path: String,
}

/// A system extension.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.InstallExtensionConfig")]
pub struct InstallExtensionConfig {
    /// Image of the extension.
    #[field(
        go = "ExtensionImage",
        emit = "always",
        since = "1.0",
        example = "ghcr.io/siderolabs/gvisor:20231214.0-v1.5.5"
    )]
    pub image: String,
}
