//! Changes to the network section of generated configurations.

use talos_config_yaml::collections::List;

use crate::machine_type::MachineType;
use crate::v1alpha1::{
    Device, DeviceVipConfig, DeviceWireguardConfig, DhcpOptions, NetworkConfig, NetworkDeviceSelector, NetworkKubeSpan,
};

/// One change to the network section. Changes run in their order, beginning with an empty section.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkOption {
    /// The whole section, in place of what earlier changes made.
    Config(Box<NetworkConfig>),
    /// Further name servers.
    Nameservers(Vec<String>),
    /// A change to one interface.
    Interface {
        /// Which one; it is added if there is none yet.
        selector: InterfaceSelector,
        /// What is changed.
        change: InterfaceChange,
    },
    /// KubeSpan is on.
    KubeSpan,
}

/// Which interface a change is for.
#[derive(Clone, Debug, PartialEq)]
pub enum InterfaceSelector {
    /// The one of a name.
    Name(String),
    /// The one of a device; every item of the selector has to be the same.
    Device(NetworkDeviceSelector),
}

/// What is changed about an interface.
#[derive(Clone, Debug, PartialEq)]
pub enum InterfaceChange {
    /// Talos leaves it alone.
    Ignore,
    /// It asks DHCP.
    Dhcp,
    /// Whether it asks DHCP for an IPv4 address.
    DhcpIpv4(bool),
    /// Whether it asks DHCP for an IPv6 address.
    DhcpIpv6(bool),
    /// A further address, in CIDR form.
    Address(String),
    /// The largest packet, in bytes.
    Mtu(u32),
    /// It is a WireGuard link.
    Wireguard(Box<DeviceWireguardConfig>),
    /// An address that control plane machines share. Workers are left as they are.
    VirtualIp(String),
}

impl NetworkOption {
    /// A change to the interface of a name.
    pub fn interface(name: impl Into<String>, change: InterfaceChange) -> Self {
        Self::Interface { selector: InterfaceSelector::Name(name.into()), change }
    }

    /// A change to the interface of a device.
    pub fn device(selector: NetworkDeviceSelector, change: InterfaceChange) -> Self {
        Self::Interface { selector: InterfaceSelector::Device(selector), change }
    }

    pub(super) fn apply(&self, machine_type: MachineType, network: &mut NetworkConfig) {
        match self {
            Self::Config(config) => network.clone_from(config),
            Self::Nameservers(servers) => network.nameservers.get_or_insert_default().extend_from_slice(servers),
            Self::Interface { change: InterfaceChange::VirtualIp(_), .. } if !machine_type.is_control_plane() => {}
            Self::Interface { selector, change } => change.apply(selector.find_or_add(network)),
            Self::KubeSpan => {
                let section: &mut NetworkKubeSpan = network.kubespan.get_or_insert_default();
                section.enabled = Some(true);
            }
        }
    }
}

impl InterfaceSelector {
    fn matches(&self, device: &Device) -> bool {
        match self {
            Self::Name(name) => device.interface == *name,
            Self::Device(selector) => device.device_selector.as_deref() == Some(selector),
        }
    }

    fn to_device(&self) -> Device {
        match self {
            Self::Name(name) => Device { interface: name.clone(), ..Device::default() },
            Self::Device(selector) => Device { device_selector: Some(Box::new(selector.clone())), ..Device::default() },
        }
    }

    fn find_or_add<'n>(&self, network: &'n mut NetworkConfig) -> &'n mut Device {
        let interfaces: &mut List<Device> = network.interfaces.get_or_insert_default();
        if !interfaces.iter().any(|device| self.matches(device)) {
            interfaces.push(self.to_device());
        }
        interfaces.iter_mut().find(|device| self.matches(device)).expect("it was found or added")
    }
}

impl InterfaceChange {
    fn apply(&self, device: &mut Device) {
        match self {
            Self::Ignore => device.ignore = Some(true),
            Self::Dhcp => device.dhcp = Some(true),
            Self::DhcpIpv4(wanted) => dhcp_options(device).ipv4 = Some(*wanted),
            Self::DhcpIpv6(wanted) => dhcp_options(device).ipv6 = Some(*wanted),
            Self::Address(address) => device.addresses.get_or_insert_default().push(address.clone()),
            Self::Mtu(mtu) => device.mtu = i64::from(*mtu),
            Self::Wireguard(wireguard) => device.wireguard = Some(wireguard.clone()),
            Self::VirtualIp(address) => {
                device.vip = Some(Box::new(DeviceVipConfig { ip: address.clone(), ..DeviceVipConfig::default() }));
            }
        }
    }
}

fn dhcp_options(device: &mut Device) -> &mut DhcpOptions {
    device.dhcp_options.get_or_insert_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(machine_type: MachineType, options: &[NetworkOption]) -> NetworkConfig {
        let mut network = NetworkConfig::default();
        for option in options {
            option.apply(machine_type, &mut network);
        }
        network
    }

    #[test]
    fn changes_meet_in_the_first_interface_that_fits() {
        let selector = || NetworkDeviceSelector { driver: "virtio".to_owned(), ..NetworkDeviceSelector::default() };
        let network = built(
            MachineType::Worker,
            &[
                NetworkOption::interface("eth0", InterfaceChange::Address("10.0.0.2/24".to_owned())),
                NetworkOption::device(selector(), InterfaceChange::DhcpIpv6(false)),
                NetworkOption::interface("eth0", InterfaceChange::Address("fd00::2/64".to_owned())),
                NetworkOption::device(selector(), InterfaceChange::Dhcp),
                NetworkOption::interface("eth1", InterfaceChange::Mtu(9000)),
            ],
        );
        let interfaces: Vec<_> = network.interfaces.as_ref().unwrap().iter().collect();
        assert_eq!(interfaces.len(), 3);
        assert_eq!(interfaces[0].addresses.as_deref().unwrap(), ["10.0.0.2/24", "fd00::2/64"]);
        let dhcp = interfaces[1].dhcp_options.as_deref().unwrap();
        assert_eq!((interfaces[1].dhcp, dhcp.ipv4, dhcp.ipv6), (Some(true), None, Some(false)));
        assert_eq!((interfaces[2].interface.as_str(), interfaces[2].mtu), ("eth1", 9000));
    }

    #[test]
    fn workers_share_no_address() {
        let options = [NetworkOption::interface("eth0", InterfaceChange::VirtualIp("10.0.0.9".to_owned()))];
        assert_eq!(built(MachineType::Worker, &options), NetworkConfig::default());
        for kind in [MachineType::ControlPlane, MachineType::Init] {
            let network = built(kind, &options);
            let device = network.interfaces.as_ref().unwrap().iter().next().unwrap();
            assert_eq!(device.vip.as_ref().unwrap().ip, "10.0.0.9");
        }
    }

    #[test]
    fn a_whole_section_takes_the_place_of_earlier_changes() {
        let network = NetworkConfig { hostname: "h".to_owned(), ..NetworkConfig::default() };
        let options = [
            NetworkOption::KubeSpan,
            NetworkOption::Config(Box::new(network)),
            NetworkOption::Nameservers(vec!["1.1.1.1".to_owned()]),
            NetworkOption::Nameservers(vec!["9.9.9.9".to_owned()]),
        ];
        let network = built(MachineType::Worker, &options);
        assert_eq!((network.hostname.as_str(), network.kubespan), ("h", None));
        assert_eq!(network.nameservers.unwrap(), ["1.1.1.1", "9.9.9.9"]);
    }
}
