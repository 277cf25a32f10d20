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

/// A network link: its addresses, routes and kind.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Device")]
pub struct Device {
    /// Name of the link, such as `eth0`. Excludes `deviceSelector`.
    #[field(go = "DeviceInterface", example = "enp0s3")]
    pub interface: String,
    /// Finds a physical link by properties of its hardware. Excludes `interface`.
    ///
    /// All properties that are set must match; with `*` a value is a pattern.
    #[field(
        since = "1.1",
        example = "
            busPath: 00:*
        ",
        example = "
            hardwareAddr: '*:f0:ab'
            driver: virtio*
        "
    )]
    pub device_selector: Option<Box<NetworkDeviceSelector>>,
    /// Fixed addresses in CIDR form; an address without a length stands for itself alone.
    #[field(
        go = "DeviceAddresses",
        since = "0.12",
        example = "
            - 10.5.0.2/16
            - 192.168.3.7
        "
    )]
    pub addresses: Option<Vec<String>>,
    /// Fixed address in CIDR form, the older way to give one of `addresses`.
    #[field(go = "DeviceCIDR", deprecated = "0.12", hidden)]
    pub cidr: String,
    /// Routes over the link.
    ///
    /// An empty network is the default route.
    #[field(
        go = "DeviceRoutes",
        example = "
            - network: 0.0.0.0/0
              gateway: 10.5.0.1
            - network: 10.2.0.0/16
              gateway: 10.2.0.1
        "
    )]
    pub routes: Option<List<Route>>,
    /// Makes the link a bond of other links. Excludes `bridge`.
    #[field(
        go = "DeviceBond",
        example = "
            interfaces:
                - enp2s0
                - enp2s1
            mode: 802.3ad
            lacpRate: fast
        "
    )]
    pub bond: Option<Box<Bond>>,
    /// Makes the link a bridge of other links. Excludes `bond`.
    #[field(
        go = "DeviceBridge",
        since = "1.2",
        example = "
            interfaces:
                - enxda4042ca9a51
                - enxae2a6774c259
            stp:
                enabled: true
        "
    )]
    pub bridge: Option<Box<Bridge>>,
    /// VLANs on top of the link.
    ///
    /// A patch entry merges into the entry with the same `vlanId`.
    #[field(
        go = "DeviceVlans", type_name = "v1alpha1.VlanList", same = Vlan::same,
        example = "
            - addresses:
                - 10.7.0.2/24
              routes:
                - network: 10.7.1.0/24
                  gateway: 10.7.0.1
              vlanId: 7
        "
    )]
    pub vlans: Option<List<Vlan>>,
    /// MTU of the link in bytes; 0 leaves it as it is.
    #[field(go = "DeviceMTU", default = "0", example = "1500")]
    pub mtu: i64,
    /// Get addresses by DHCP.
    #[field(go = "DeviceDHCP", default = "false", example = "true")]
    pub dhcp: Option<bool>,
    /// Leave the link alone; its other settings do not count.
    #[field(go = "DeviceIgnore", default = "false", example = "true")]
    pub ignore: Option<bool>,
    /// Makes the link a dummy: one that carries addresses and no traffic.
    #[field(go = "DeviceDummy", default = "false", example = "true")]
    pub dummy: Option<bool>,
    /// How DHCP is asked. Counts with `dhcp: true`.
    #[field(
        go = "DeviceDHCPOptions",
        example = "
            routeMetric: 1024
        "
    )]
    pub dhcp_options: Option<Box<DhcpOptions>>,
    /// Makes the link a WireGuard tunnel.
    #[field(
        go = "DeviceWireguardConfig",
        since = "0.9",
        example = "
            privateKey: ABCDEF...
            listenPort: 51111
            peers:
                - publicKey: ABCDEF...
                  endpoint: 192.168.1.3
                  allowedIPs:
                    - 192.168.1.0/24
        "
    )]
    pub wireguard: Option<Box<DeviceWireguardConfig>>,
    /// Address that the control plane machines share on this link.
    #[field(
        control_plane,
        go = "DeviceVIPConfig",
        since = "0.9",
        example = "
            ip: 172.16.199.55
        "
    )]
    pub vip: Option<Box<DeviceVipConfig>>,
}

/// Properties that find a physical link; `*` in a value stands for any text.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.NetworkDeviceSelector")]
pub struct NetworkDeviceSelector {
    /// Place on the bus, such as `00:05.0`.
    #[field(go = "NetworkDeviceBus", since = "1.1", example = "00:*")]
    pub bus_path: String,
    /// Hardware address (MAC) in lower case with colons.
    #[field(go = "NetworkDeviceHardwareAddress", since = "1.1", example = "'*:f0:ab'")]
    pub hardware_addr: String,
    /// Vendor and product on PCI, as `vendor:product`.
    #[field(key = "pciID", go = "NetworkDevicePCIID", since = "1.1", example = "8086:100e")]
    pub pci_id: String,
    /// Kernel driver.
    #[field(go = "NetworkDeviceKernelDriver", since = "1.1", example = "virtio_net")]
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
