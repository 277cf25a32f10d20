//! Virtual addresses shared by control plane machines.

use talos_config_yaml::Section;

/// `DeviceVIPConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DeviceVIPConfig")]
pub struct DeviceVipConfig {
    /// `ip`.
    #[field(go = "SharedIP", since = "0.9")]
    pub ip: String,
    /// `equinixMetal`.
    #[field(go = "EquinixMetalConfig", since = "0.12")]
    pub equinix_metal: Option<Box<VipEquinixMetalConfig>>,
    /// `hcloud`.
    #[field(go = "HCloudConfig", since = "0.13")]
    pub hcloud: Option<Box<VipHCloudConfig>>,
}

/// `VIPEquinixMetalConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.VIPEquinixMetalConfig")]
pub struct VipEquinixMetalConfig {
    /// `apiToken`.
    #[field(go = "EquinixMetalAPIToken", emit = "always", secret = "mask", since = "0.12")]
    pub api_token: String,
}

/// `VIPHCloudConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.VIPHCloudConfig")]
pub struct VipHCloudConfig {
    /// `apiToken`.
    #[field(go = "HCloudAPIToken", emit = "always", secret = "mask", since = "0.13")]
    pub api_token: String,
}
