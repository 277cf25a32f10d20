//! Virtual addresses shared by control plane machines.

use talos_config_yaml::Section;

/// An address that exactly one of the control plane machines has at a time.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DeviceVIPConfig")]
pub struct DeviceVipConfig {
    /// The shared address. It must be in a network of the link and belong to no machine.
    #[field(go = "SharedIP", since = "0.9", example = "172.16.199.55")]
    pub ip: String,
    /// Moves the address through the API of Equinix Metal.
    #[field(
        go = "EquinixMetalConfig",
        since = "0.12",
        example = "
            apiToken: secret
        "
    )]
    pub equinix_metal: Option<Box<VipEquinixMetalConfig>>,
    /// Moves the address through the API of Hetzner Cloud.
    #[field(
        go = "HCloudConfig",
        since = "0.13",
        example = "
            apiToken: secret
        "
    )]
    pub hcloud: Option<Box<VipHCloudConfig>>,
}

/// Access to the API of Equinix Metal, where the shared address is an Elastic IP.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.VIPEquinixMetalConfig")]
pub struct VipEquinixMetalConfig {
    /// Token of the API with permission to move addresses.
    #[field(go = "EquinixMetalAPIToken", emit = "always", secret = "mask", since = "0.12", example = "secret")]
    pub api_token: String,
}

/// Access to the API of Hetzner Cloud, where the shared address is a Floating IP or an alias.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.VIPHCloudConfig")]
pub struct VipHCloudConfig {
    /// Token of the API with permission to move addresses.
    #[field(go = "HCloudAPIToken", emit = "always", secret = "mask", since = "0.13", example = "secret")]
    pub api_token: String,
}
