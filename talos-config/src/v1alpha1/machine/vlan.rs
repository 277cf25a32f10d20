//! VLANs on top of a link.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

use super::dhcp::DhcpOptions;
use super::route::Route;
use super::vip::DeviceVipConfig;

/// A VLAN on top of a link.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Vlan")]
pub struct Vlan {
    /// Fixed addresses in CIDR form; an address without a length stands for itself alone.
    #[field(
        go = "VlanAddresses",
        since = "0.12",
        example = "
            - 10.7.0.2/24
        "
    )]
    pub addresses: Option<Vec<String>>,
    /// Fixed address in CIDR form, the older way to give one of `addresses`.
    #[field(go = "VlanCIDR", deprecated = "0.12", hidden)]
    pub cidr: String,
    /// Routes over the VLAN.
    #[field(
        go = "VlanRoutes",
        emit = "always",
        example = "
            - network: 10.7.1.0/24
              gateway: 10.7.0.1
        "
    )]
    pub routes: Option<List<Route>>,
    /// Get addresses by DHCP.
    #[field(go = "VlanDHCP", default = "false", example = "true")]
    pub dhcp: Option<bool>,
    /// Number of the VLAN, 1 to 4094.
    #[field(go = "VlanID", emit = "always", example = "7")]
    pub vlan_id: u16,
    /// MTU of the VLAN in bytes; 0 leaves it as it is.
    #[field(go = "VlanMTU", since = "0.14", default = "0", example = "1500")]
    pub mtu: u32,
    /// Address that the control plane machines share on this VLAN.
    #[field(
        control_plane,
        go = "VlanVIP",
        since = "0.14",
        example = "
            ip: 172.16.199.55
        "
    )]
    pub vip: Option<Box<DeviceVipConfig>>,
    /// How DHCP is asked. Counts with `dhcp: true`.
    #[field(
        go = "VlanDHCPOptions",
        since = "1.2",
        example = "
            routeMetric: 1024
        "
    )]
    pub dhcp_options: Option<Box<DhcpOptions>>,
}

impl Vlan {
    /// True when an entry of a patch is about this VLAN: both have the same number.
    pub fn same(known: &Self, patch: &Self) -> bool {
        known.vlan_id == patch.vlan_id
    }
}
