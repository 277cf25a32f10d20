//! A network link and its addresses.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

use super::bond::Bond;
use super::bridge::Bridge;
use super::dhcp::DhcpOptions;
use super::route::Route;
use super::vip::DeviceVipConfig;
use super::vlan::Vlan;
use super::wireguard::DeviceWireguardConfig;

/// `Device`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Device")]
pub struct Device {
    /// `interface`.
    #[field(go = "DeviceInterface")]
    pub interface: String,
    /// `deviceSelector`.
    #[field(since = "1.1")]
    pub device_selector: Option<Box<NetworkDeviceSelector>>,
    /// `addresses`.
    #[field(go = "DeviceAddresses", since = "0.12")]
    pub addresses: Option<Vec<String>>,
    /// `cidr`.
    #[field(go = "DeviceCIDR", deprecated = "0.12", hidden)]
    pub cidr: String,
    /// `routes`.
    #[field(go = "DeviceRoutes")]
    pub routes: Option<List<Route>>,
    /// `bond`.
    #[field(go = "DeviceBond")]
    pub bond: Option<Box<Bond>>,
    /// `bridge`.
    #[field(go = "DeviceBridge", since = "1.2")]
    pub bridge: Option<Box<Bridge>>,
    /// `vlans`.
    #[field(go = "DeviceVlans", type_name = "v1alpha1.VlanList", same = Vlan::same)]
    pub vlans: Option<List<Vlan>>,
    /// `mtu`.
    #[field(go = "DeviceMTU")]
    pub mtu: i64,
    /// `dhcp`.
    #[field(go = "DeviceDHCP")]
    pub dhcp: Option<bool>,
    /// `ignore`.
    #[field(go = "DeviceIgnore")]
    pub ignore: Option<bool>,
    /// `dummy`.
    #[field(go = "DeviceDummy")]
    pub dummy: Option<bool>,
    /// `dhcpOptions`.
    #[field(go = "DeviceDHCPOptions")]
    pub dhcp_options: Option<Box<DhcpOptions>>,
    /// `wireguard`.
    #[field(go = "DeviceWireguardConfig", since = "0.9")]
    pub wireguard: Option<Box<DeviceWireguardConfig>>,
    /// `vip`.
    #[field(go = "DeviceVIPConfig", since = "0.9")]
    pub vip: Option<Box<DeviceVipConfig>>,
}

/// `NetworkDeviceSelector`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.NetworkDeviceSelector")]
pub struct NetworkDeviceSelector {
    /// `busPath`.
    #[field(go = "NetworkDeviceBus", since = "1.1")]
    pub bus_path: String,
    /// `hardwareAddr`.
    #[field(go = "NetworkDeviceHardwareAddress", since = "1.1")]
    pub hardware_addr: String,
    /// `pciID`.
    #[field(key = "pciID", go = "NetworkDevicePCIID", since = "1.1")]
    pub pci_id: String,
    /// `driver`.
    #[field(go = "NetworkDeviceKernelDriver", since = "1.1")]
    pub driver: String,
}

impl Device {
    /// True when an entry of a patch is about this link: same name, or for an entry without a name the same selector.
    ///
    /// An entry with neither is about no link yet.
    pub fn same(known: &Self, patch: &Self) -> bool {
        if patch.interface.is_empty() {
            patch.device_selector.is_some() && known.device_selector == patch.device_selector
        } else {
            known.interface == patch.interface
        }
    }
}
