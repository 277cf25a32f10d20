//! VLANs on top of a link.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

use super::dhcp::DhcpOptions;
use super::route::Route;
use super::vip::DeviceVipConfig;

/// `Vlan`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Vlan")]
pub struct Vlan {
    /// `addresses`.
    #[field(go = "VlanAddresses", since = "0.12")]
    pub addresses: Option<Vec<String>>,
    /// `cidr`.
    #[field(go = "VlanCIDR", deprecated = "0.12", hidden)]
    pub cidr: String,
    /// `routes`.
    #[field(go = "VlanRoutes", emit = "always")]
    pub routes: Option<List<Route>>,
    /// `dhcp`.
    #[field(go = "VlanDHCP")]
    pub dhcp: Option<bool>,
    /// `vlanId`.
    #[field(go = "VlanID", emit = "always")]
    pub vlan_id: u16,
    /// `mtu`.
    #[field(go = "VlanMTU", since = "0.14")]
    pub mtu: u32,
    /// `vip`.
    #[field(go = "VlanVIP", since = "0.14")]
    pub vip: Option<Box<DeviceVipConfig>>,
    /// `dhcpOptions`.
    #[field(go = "VlanDHCPOptions", since = "1.2")]
    pub dhcp_options: Option<Box<DhcpOptions>>,
}

impl Vlan {
    /// True when an entry of a patch is about this VLAN: both have the same number.
    pub fn same(known: &Self, patch: &Self) -> bool {
        known.vlan_id == patch.vlan_id
    }
}
