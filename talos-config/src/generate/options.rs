//! What a generated configuration can differ in.

use talos_config_yaml::collections::{List, Map};
use talos_pki::RoleSet;
use talos_pki::role::Role;

use super::NetworkOption;
use crate::constants;
use crate::v1alpha1::{
    CniConfig, MachineDisk, RegistryConfig, RegistryMirrorConfig, RegistryTlsConfig, SystemDiskEncryptionConfig,
};
use crate::value::bytes::Base64Bytes;
use crate::version_contract::VersionContract;

/// Everything that a generated configuration can differ in, besides the cluster's name, endpoint, Kubernetes version and
/// secrets. The defaults give what the original's library gives without options.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The release that the machines run.
    pub version_contract: VersionContract,
    /// Write what generators of later releases write for contracts after 1.5, as far as the fields exist here.
    ///
    /// Without it, later contracts give what 1.5 gives, as with the original. With it:
    ///
    /// | Contract | What is written | What is not, because there is no field for it |
    /// |---|---|---|
    /// | 1.6 | `machine.features.kubePrism` on port 7445 | |
    /// | 1.7 | | `machine.features.hostDNS.enabled` |
    /// | 1.8 | `machine.nodeLabels` on control plane machines, `cluster.clusterName` on workers | `hostDNS.forwardKubeDNSToHost` |
    /// | 1.12 | | `machine.install.grubUseUKICmdline`; documents `HostnameConfig`, `RegistryMirrorConfig`, `RegistryTLSConfig` in place of `stableHostname` and `registries`, without `rbac`, `apidCheckExtKeyUsage`, `disablePodSecurityPolicy` and the endpoint among the names of the API server |
    /// | 1.13 | | a document `KubeSpanConfig`, no empty `machine.network` |
    ///
    /// Machines of those releases accept the fields of 1.5 and fill in their own defaults for what is missing.
    pub later_contracts: bool,
    /// Addresses in the talosconfig; up to contract 0.12 also names in the machines' certificates.
    pub endpoints: Vec<String>,
    /// Port of the API server on control plane machines, 0 for the default.
    pub local_api_server_port: u16,
    /// Port of KubePrism. `None` leaves it to the contract, 0 is off.
    pub kube_prism_port: Option<u16>,
    /// Disk to install on, such as `/dev/sda`; empty leaves the key out.
    pub install_disk: String,
    /// Image of the installer, with tag; empty leaves the key out.
    pub install_image: String,
    /// Further arguments of the kernel.
    pub install_extra_kernel_args: Vec<String>,
    /// Further names and addresses in the certificates of machines and of the API server.
    pub additional_subject_alt_names: Vec<String>,
    /// Changes to the network section, in their order.
    pub network: Vec<NetworkOption>,
    /// Mirrors by host of the registry. See [`Self::mirror`].
    pub registry_mirrors: Map<Option<RegistryMirrorConfig>>,
    /// How registries are reached, by host. See [`Self::trust`] and [`Self::skip_verification`].
    pub registry_config: Map<Option<RegistryConfig>>,
    /// Domain of services and pods, always written.
    pub dns_domain: String,
    /// More output on the console.
    pub debug: bool,
    /// Machines keep their configuration over reboots.
    pub persist: bool,
    /// Network plugin of the cluster; `None` leaves the key out, which means Flannel.
    pub cni: Option<CniConfig>,
    /// Further disks.
    pub user_disks: List<MachineDisk>,
    /// Pods may run on control plane machines.
    pub allow_scheduling_on_control_planes: bool,
    /// Encryption of the system partitions.
    pub system_disk_encryption: Option<SystemDiskEncryptionConfig>,
    /// Roles of the client certificate in the talosconfig.
    pub roles: RoleSet,
    /// Members of the cluster find each other. `None` leaves it to the contract; the section is written in any case.
    pub cluster_discovery: Option<bool>,
    /// Kernel parameters.
    pub sysctls: Map<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            version_contract: VersionContract::Current,
            later_contracts: false,
            endpoints: Vec::new(),
            local_api_server_port: 0,
            kube_prism_port: None,
            install_disk: String::new(),
            install_image: String::new(),
            install_extra_kernel_args: Vec::new(),
            additional_subject_alt_names: Vec::new(),
            network: Vec::new(),
            registry_mirrors: Map::new(),
            registry_config: Map::new(),
            dns_domain: constants::DNS_DOMAIN.to_owned(),
            debug: false,
            persist: true,
            cni: None,
            user_disks: List::default(),
            allow_scheduling_on_control_planes: false,
            system_disk_encryption: None,
            roles: RoleSet::from(Role::Admin),
            cluster_discovery: None,
            sysctls: Map::new(),
        }
    }
}

impl Options {
    /// Pulls from a registry go to mirrors, which takes the place of what was said for this host before.
    pub fn mirror(&mut self, host: impl Into<String>, endpoints: impl IntoIterator<Item = String>) {
        let endpoints = Some(endpoints.into_iter().collect());
        let mirror = RegistryMirrorConfig { endpoints, ..RegistryMirrorConfig::default() };
        self.registry_mirrors.insert(host.into(), Some(mirror));
    }

    /// A registry's certificate is checked with an authority of its own (PEM).
    pub fn trust(&mut self, host: impl Into<String>, ca: impl Into<Vec<u8>>) {
        self.tls(host.into()).ca = Some(Base64Bytes::from(ca.into()));
    }

    /// A registry's certificate is not checked.
    pub fn skip_verification(&mut self, host: impl Into<String>) {
        self.tls(host.into()).insecure_skip_verify = Some(true);
    }

    fn tls(&mut self, host: String) -> &mut RegistryTlsConfig {
        let registry = self.registry_config.entry(host).or_default().get_or_insert_default();
        registry.tls.get_or_insert_default()
    }
}
