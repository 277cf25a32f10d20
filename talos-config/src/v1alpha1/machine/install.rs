//! Installation to disk.

use talos_config_yaml::Section;

use crate::value::disk_type::DiskType;
use crate::value::size::DiskSizeMatcher;

/// `InstallConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.InstallConfig")]
pub struct InstallConfig {
    /// `disk`.
    #[field(go = "InstallDisk")]
    pub disk: String,
    /// `diskSelector`.
    #[field(go = "InstallDiskSelector", since = "0.10")]
    pub disk_selector: Option<Box<InstallDiskSelector>>,
    /// `extraKernelArgs`.
    #[field(go = "InstallExtraKernelArgs")]
    pub extra_kernel_args: Option<Vec<String>>,
    /// `image`.
    #[field(go = "InstallImage")]
    pub image: String,
    /// `extensions`.
    #[field(go = "InstallExtensions", since = "1.0")]
    pub extensions: Option<Vec<InstallExtensionConfig>>,
    /// `bootloader`.
    #[field(go = "InstallBootloader")]
    pub bootloader: Option<bool>,
    /// `wipe`.
    #[field(go = "InstallWipe", emit = "always")]
    pub wipe: Option<bool>,
    /// `legacyBIOSSupport`.
    #[field(key = "legacyBIOSSupport", go = "InstallLegacyBIOSSupport", since = "0.11")]
    pub legacy_bios_support: Option<bool>,
}

/// `InstallDiskSelector`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.InstallDiskSelector")]
pub struct InstallDiskSelector {
    /// `size`.
    #[field(since = "0.10")]
    pub size: Option<DiskSizeMatcher>,
    /// `name`.
    #[field(since = "0.10")]
    pub name: String,
    /// `model`.
    #[field(since = "0.10")]
    pub model: String,
    /// `serial`.
    #[field(since = "0.10")]
    pub serial: String,
    /// `modalias`.
    #[field(since = "0.10")]
    pub modalias: String,
    /// `uuid`.
    #[field(go = "UUID", since = "0.10")]
    pub uuid: String,
    /// `wwid`.
    #[field(go = "WWID", since = "0.10")]
    pub wwid: String,
    /// `type`.
    #[field(since = "0.10")]
    pub r#type: DiskType,
    /// `busPath`.
    #[field(since = "1.0")]
    pub bus_path: String,
}

/// `InstallExtensionConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.InstallExtensionConfig")]
pub struct InstallExtensionConfig {
    /// `image`.
    #[field(go = "ExtensionImage", emit = "always", since = "1.0")]
    pub image: String,
}
