//! Host name, resolvers and links of a machine.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

use super::device::Device;
use super::kubespan::NetworkKubeSpan;

/// Network of a machine.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.NetworkConfig")]
pub struct NetworkConfig {
    /// Host name of the machine, short or with its domain.
    ///
    /// It wins over names from DHCP and from the platform.
    #[field(go = "NetworkHostname", example = "worker-1")]
    pub hostname: String,
    /// Settings of the network links.
    ///
    /// A link that is not named here gets its address by DHCP if it is physical and up. A patch entry merges into the
    /// entry with the same name, or for an entry without a name with the same selector.
    #[field(
        go = "NetworkInterfaces", type_name = "v1alpha1.NetworkDeviceList", same = Device::same,
        example = "
            - interface: enp0s1
              addresses:
                - 192.168.2.10/24
              routes:
                - network: 0.0.0.0/0
                  gateway: 192.168.2.1
                  metric: 1024
              mtu: 1500
        "
    )]
    pub interfaces: Option<List<Device>>,
    /// Addresses of the DNS resolvers; they replace those from DHCP.
    #[field(
        go = "NameServers",
        default = "1.1.1.1, 8.8.8.8",
        example = "
            - 8.8.8.8
            - 1.1.1.1
        "
    )]
    pub nameservers: Option<Vec<String>>,
    /// Further lines of `/etc/hosts`.
    #[field(example = "
            - ip: 192.168.1.100
              aliases:
                - example
                - example.domain.tld
        ")]
    pub extra_host_entries: Option<List<ExtraHost>>,
    /// KubeSpan: an encrypted mesh between all machines of the cluster.
    #[field(
        go = "NetworkKubeSpan",
        since = "0.13",
        example = "
            enabled: true
        "
    )]
    pub kubespan: Option<Box<NetworkKubeSpan>>,
    /// Leave the machine's domain out of the search list in `/etc/resolv.conf`.
    #[field(go = "NetworkDisableSearchDomain", since = "1.1", default = "false", example = "true")]
    pub disable_search_domain: Option<bool>,
}

/// A line of `/etc/hosts`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ExtraHost")]
pub struct ExtraHost {
    /// Address.
    #[field(go = "HostIP", emit = "always", example = "192.168.1.100")]
    pub ip: String,
    /// Names for the address.
    #[field(
        go = "HostAliases",
        emit = "always",
        example = "
            - example
            - example.domain.tld
        "
    )]
    pub aliases: Option<Vec<String>>,
}
