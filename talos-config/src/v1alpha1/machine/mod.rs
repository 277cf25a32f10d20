//! Everything about one machine: `machine` in the document.

mod bond;
mod bridge;
mod control_plane;
mod device;
mod dhcp;
mod disk;
mod encryption;
mod features;
mod file;
mod install;
mod kernel;
mod kubelet;
mod kubespan;
mod logging;
mod network;
mod registries;
mod route;
mod seccomp;
mod time;
mod udev;
mod vip;
mod vlan;
mod wireguard;

use talos_config_yaml::Section;
use talos_config_yaml::collections::{List, Map};
use talos_config_yaml::free_form::FreeForm;
use talos_pki::PemCertificateAndKey;

pub use self::bond::Bond;
pub use self::bridge::{Bridge, Stp};
pub use self::control_plane::{MachineControlPlaneConfig, MachineControllerManagerConfig, MachineSchedulerConfig};
pub use self::device::{Device, NetworkDeviceSelector};
pub use self::dhcp::DhcpOptions;
pub use self::disk::{DiskPartition, MachineDisk};
pub use self::encryption::{
    EncryptionConfig, EncryptionKey, EncryptionKeyKms, EncryptionKeyNodeId, EncryptionKeyStatic, EncryptionKeyTpm,
    SystemDiskEncryptionConfig,
};
pub use self::features::{FeaturesConfig, KubePrism, KubernetesTalosApiAccessConfig};
pub use self::file::MachineFile;
pub use self::install::{InstallConfig, InstallDiskSelector, InstallExtensionConfig};
pub use self::kernel::{KernelConfig, KernelModuleConfig};
pub use self::kubelet::{ExtraMount, KubeletConfig, KubeletNodeIpConfig};
pub use self::kubespan::{KubeSpanFilters, NetworkKubeSpan};
pub use self::logging::{LoggingConfig, LoggingDestination};
pub use self::network::{ExtraHost, NetworkConfig};
pub use self::registries::{
    RegistriesConfig, RegistryAuthConfig, RegistryConfig, RegistryMirrorConfig, RegistryTlsConfig,
};
pub use self::route::Route;
pub use self::seccomp::MachineSeccompProfile;
pub use self::time::TimeConfig;
pub use self::udev::UdevConfig;
pub use self::vip::{DeviceVipConfig, VipEquinixMetalConfig, VipHCloudConfig};
pub use self::vlan::Vlan;
pub use self::wireguard::{DeviceWireguardConfig, DeviceWireguardPeer};

/// `MachineConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineConfig")]
pub struct MachineConfig {
    /// `type`.
    #[field(go = "MachineType", emit = "always", reboot)]
    pub r#type: String,
    /// `token`.
    #[field(go = "MachineToken", emit = "always", secret = "redact", reboot)]
    pub token: String,
    /// `ca`.
    #[field(go = "MachineCA", secret = "redact", reboot)]
    pub ca: Option<Box<PemCertificateAndKey>>,
    /// `certSANs`.
    #[field(key = "certSANs", go = "MachineCertSANs", emit = "always")]
    pub cert_sans: Option<Vec<String>>,
    /// `controlPlane`.
    #[field(go = "MachineControlPlane", since = "0.14")]
    pub control_plane: Option<Box<MachineControlPlaneConfig>>,
    /// `kubelet`.
    #[field(go = "MachineKubelet")]
    pub kubelet: Option<Box<KubeletConfig>>,
    /// `pods`.
    #[field(go = "MachinePods", since = "1.0")]
    pub pods: Option<Vec<FreeForm>>,
    /// `network`.
    #[field(go = "MachineNetwork")]
    pub network: Option<Box<NetworkConfig>>,
    /// `disks`.
    #[field(go = "MachineDisks", reboot)]
    pub disks: Option<List<MachineDisk>>,
    /// `install`.
    #[field(go = "MachineInstall")]
    pub install: Option<Box<InstallConfig>>,
    /// `files`.
    #[field(go = "MachineFiles", reboot)]
    pub files: Option<List<MachineFile>>,
    /// `env`.
    #[field(go = "MachineEnv", secret = "mask", reboot)]
    pub env: Option<Map<String>>,
    /// `time`.
    #[field(go = "MachineTime")]
    pub time: Option<Box<TimeConfig>>,
    /// `sysctls`.
    #[field(go = "MachineSysctls")]
    pub sysctls: Option<Map<String>>,
    /// `sysfs`.
    #[field(go = "MachineSysfs", since = "1.0")]
    pub sysfs: Option<Map<String>>,
    /// `registries`.
    #[field(go = "MachineRegistries")]
    pub registries: RegistriesConfig,
    /// `systemDiskEncryption`.
    #[field(go = "MachineSystemDiskEncryption", since = "0.9", reboot)]
    pub system_disk_encryption: Option<Box<SystemDiskEncryptionConfig>>,
    /// `features`.
    #[field(go = "MachineFeatures", since = "0.11")]
    pub features: Option<Box<FeaturesConfig>>,
    /// `udev`.
    #[field(go = "MachineUdev", since = "0.14", reboot)]
    pub udev: Option<Box<UdevConfig>>,
    /// `logging`.
    #[field(go = "MachineLogging", since = "0.14")]
    pub logging: Option<Box<LoggingConfig>>,
    /// `kernel`.
    #[field(go = "MachineKernel", since = "1.0")]
    pub kernel: Option<Box<KernelConfig>>,
    /// `seccompProfiles`.
    #[field(go = "MachineSeccompProfiles", emit = "omit_absent", since = "1.2")]
    pub seccomp_profiles: Option<List<MachineSeccompProfile>>,
    /// `nodeLabels`.
    #[field(go = "MachineNodeLabels", since = "1.3")]
    pub node_labels: Option<Map<String>>,
}
