//! Host name, resolvers and links of a machine.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

use super::device::Device;
use super::kubespan::NetworkKubeSpan;

/// `NetworkConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.NetworkConfig")]
pub struct NetworkConfig {
    /// `hostname`.
    #[field(go = "NetworkHostname")]
    pub hostname: String,
    /// `interfaces`.
    #[field(go = "NetworkInterfaces", type_name = "v1alpha1.NetworkDeviceList", same = Device::same)]
    pub interfaces: Option<List<Device>>,
    /// `nameservers`.
    #[field(go = "NameServers")]
    pub nameservers: Option<Vec<String>>,
    /// `extraHostEntries`.
    pub extra_host_entries: Option<List<ExtraHost>>,
    /// `kubespan`.
    #[field(go = "NetworkKubeSpan", since = "0.13")]
    pub kubespan: Option<Box<NetworkKubeSpan>>,
    /// `disableSearchDomain`.
    #[field(go = "NetworkDisableSearchDomain", since = "1.1")]
    pub disable_search_domain: Option<bool>,
}

/// `ExtraHost`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ExtraHost")]
pub struct ExtraHost {
    /// `ip`.
    #[field(go = "HostIP", emit = "always")]
    pub ip: String,
    /// `aliases`.
    #[field(go = "HostAliases", emit = "always")]
    pub aliases: Option<Vec<String>>,
}
