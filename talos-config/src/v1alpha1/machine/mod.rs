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

/// Settings of one machine: its role, identity, operating system and hardware.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineConfig")]
pub struct MachineConfig {
    /// Role of the machine in the cluster.
    ///
    /// An empty text means `worker`. `init` is the former role of the first control plane machine, `join` another word
    /// for `worker`; both are accepted.
    #[field(
        go = "MachineType",
        emit = "always",
        reboot,
        default = "worker",
        values("controlplane", "worker", "init"),
        example = "controlplane"
    )]
    pub r#type: String,
    /// Token with which machines join the cluster's PKI, as `id.secret` (6 and 16 characters).
    ///
    /// Machines show it to the trust daemon of a control plane machine to get their certificates; all machines of a
    /// cluster have the same.
    #[field(go = "MachineToken", emit = "always", secret = "redact", reboot, example = "328hom.uqjzh6jnn2eie9oi")]
    pub token: String,
    /// Certificate authority of the Talos API.
    ///
    /// Control plane machines have certificate and key, workers the certificate alone.
    #[field(
        go = "MachineCA",
        secret = "redact",
        reboot,
        example = "
            crt: LS0tLS1CRUdJTi4uLg==
            key: LS0tLS1CRUdJTi4uLg==
        "
    )]
    pub ca: Option<Box<PemCertificateAndKey>>,
    /// Further names and addresses for the certificate of the machine's API.
    ///
    /// Host names and IP addresses; the machine's own are in the certificate in any case.
    #[field(
        key = "certSANs",
        go = "MachineCertSANs",
        emit = "always",
        example = "
            - 10.0.0.10
            - 172.16.0.10
            - node.example.org
        "
    )]
    pub cert_sans: Option<Vec<String>>,
    /// Which parts of the control plane this machine runs.
    #[field(
        control_plane,
        go = "MachineControlPlane",
        since = "0.14",
        example = "
            controllerManager:
                disabled: false
            scheduler:
                disabled: true
        "
    )]
    pub control_plane: Option<Box<MachineControlPlaneConfig>>,
    /// Settings of the kubelet.
    #[field(
        go = "MachineKubelet",
        example = "
            image: ghcr.io/siderolabs/kubelet:v1.28.3
            extraArgs:
                feature-gates: ServerSideApply=true
        "
    )]
    pub kubelet: Option<Box<KubeletConfig>>,
    /// Static pods that the kubelet runs, each a whole pod object. Their content is not checked.
    #[field(
        go = "MachinePods",
        since = "1.0",
        example = "
            - apiVersion: v1
              kind: Pod
              metadata:
                name: nginx
              spec:
                containers:
                    - name: nginx
                      image: nginx
        "
    )]
    pub pods: Option<Vec<FreeForm>>,
    /// Host name, addresses, routes and resolvers of the machine.
    #[field(
        go = "MachineNetwork",
        example = "
            hostname: worker-1
            interfaces:
                - interface: enp0s1
                  addresses:
                    - 192.168.2.10/24
                  routes:
                    - network: 0.0.0.0/0
                      gateway: 192.168.2.1
            nameservers:
                - 9.8.7.6
        "
    )]
    pub network: Option<Box<NetworkConfig>>,
    /// Disks to partition, format and mount besides the system disk.
    ///
    /// Mount points lie below `/var`. A disk that has partitions already is left as it is.
    #[field(
        go = "MachineDisks",
        reboot,
        example = "
            - device: /dev/sdb
              partitions:
                - size: 100 GB
                  mountpoint: /var/mnt/extra
        "
    )]
    pub disks: Option<List<MachineDisk>>,
    /// How the system gets onto the machine's disk.
    ///
    /// The settings are used at installation and upgrade.
    #[field(
        go = "MachineInstall",
        example = "
            disk: /dev/sda
            image: ghcr.io/siderolabs/installer:v1.5.5
            wipe: false
        "
    )]
    pub install: Option<Box<InstallConfig>>,
    /// Files to write at every boot.
    ///
    /// Only files below `/var` can be created; others are mounted over existing ones, read-only.
    #[field(
        go = "MachineFiles",
        reboot,
        example = "
            - content: |
                [plugins]
              permissions: 0o644
              path: /etc/cri/conf.d/20-customization.part
              op: create
        "
    )]
    pub files: Option<List<MachineFile>>,
    /// Environment variables of all system services.
    ///
    /// The well-known ones are `http_proxy`, `https_proxy`, `no_proxy`, `GRPC_GO_LOG_VERBOSITY_LEVEL` and
    /// `GRPC_GO_LOG_SEVERITY_LEVEL`.
    #[field(
        go = "MachineEnv",
        secret = "mask",
        reboot,
        example = "
            https_proxy: http://proxy.example.org:3128/
            no_proxy: 10.0.0.0/8
        "
    )]
    pub env: Option<Map<String>>,
    /// How the machine gets the time.
    #[field(
        go = "MachineTime",
        example = "
            servers:
                - time.cloudflare.com
        "
    )]
    pub time: Option<Box<TimeConfig>>,
    /// Kernel parameters below `/proc/sys`, by their dotted names.
    #[field(
        go = "MachineSysctls",
        example = r#"
            net.ipv4.ip_forward: "0"
            kernel.domainname: example.org
        "#
    )]
    pub sysctls: Option<Map<String>>,
    /// Kernel parameters below `/sys`, with dots for the slashes of the path.
    #[field(
        go = "MachineSysfs",
        since = "1.0",
        example = "
            devices.system.cpu.cpu0.cpufreq.scaling_governor: performance
        "
    )]
    pub sysfs: Option<Map<String>>,
    /// Mirrors of image registries, and how to reach and authenticate with registries.
    #[field(
        go = "MachineRegistries",
        example = "
            mirrors:
                docker.io:
                    endpoints:
                        - https://registry.example.org
            config:
                registry.example.org:
                    auth:
                        username: user
                        password: secret
        "
    )]
    pub registries: RegistriesConfig,
    /// Encryption of the partitions on the system disk that hold the machine's data.
    #[field(
        go = "MachineSystemDiskEncryption",
        since = "0.9",
        reboot,
        example = "
            ephemeral:
                provider: luks2
                keys:
                    - nodeID: {}
                      slot: 0
        "
    )]
    pub system_disk_encryption: Option<Box<SystemDiskEncryptionConfig>>,
    /// Switches of single features of the operating system.
    #[field(
        go = "MachineFeatures",
        since = "0.11",
        example = "
            rbac: true
            stableHostname: true
        "
    )]
    pub features: Option<Box<FeaturesConfig>>,
    /// Device manager.
    #[field(
        go = "MachineUdev",
        since = "0.14",
        reboot,
        example = r#"
            rules:
                - SUBSYSTEM=="drm", KERNEL=="renderD*", GROUP="44", MODE="0660"
        "#
    )]
    pub udev: Option<Box<UdevConfig>>,
    /// Where the logs of services go besides the machine's own memory.
    #[field(
        go = "MachineLogging",
        since = "0.14",
        example = "
            destinations:
                - endpoint: tcp://1.2.3.4:12345
                  format: json_lines
        "
    )]
    pub logging: Option<Box<LoggingConfig>>,
    /// Linux kernel.
    #[field(
        go = "MachineKernel",
        since = "1.0",
        example = "
            modules:
                - name: btrfs
        "
    )]
    pub kernel: Option<Box<KernelConfig>>,
    /// Seccomp profiles that pods can use by name.
    ///
    /// They are written to `/var/lib/kubelet/seccomp/profiles`.
    #[field(
        go = "MachineSeccompProfiles",
        emit = "omit_absent",
        since = "1.2",
        example = "
            - name: audit.json
              value:
                defaultAction: SCMP_ACT_LOG
        "
    )]
    pub seccomp_profiles: Option<List<MachineSeccompProfile>>,
    /// Labels of the machine's Kubernetes node.
    ///
    /// Keys and values have the form of Kubernetes labels. Labels removed here are removed from the node.
    #[field(
        go = "MachineNodeLabels",
        since = "1.3",
        example = "
            topology.example.org/rack: r1
        "
    )]
    pub node_labels: Option<Map<String>>,
}
