//! Links as the configuration wants them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use talos_api::resources::network::{DeviceConfigSpecSpec, DeviceConfigSpecs};
use talos_api::resources::{Document, Kind, Spec};
use talos_config::v1alpha1::{Device, DeviceVipConfig, DhcpOptions, Route};
use talos_config_yaml::emit::{Emitter, Layout};
use talos_config_yaml::section;

use super::vlan;
use crate::cosi::controller::{Inputs, Known};
use crate::cosi::{Content, Reference};

/// The section of a link, with its selectors replaced by the names of the links they found.
#[derive(Clone)]
pub(super) struct DeviceConfig(Arc<Device>);

impl DeviceConfig {
    pub(super) fn reference(id: impl Into<String>) -> Reference {
        Reference::new(DeviceConfigSpecs::DEFINITION.namespace, DeviceConfigSpecs::DEFINITION.type_name, id)
    }

    pub(super) fn device(&self) -> &Device {
        &self.0
    }
}

impl From<Device> for DeviceConfig {
    fn from(device: Device) -> Self {
        Self(Arc::new(device))
    }
}

impl fmt::Debug for DeviceConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may hold private keys.
        f.debug_struct("DeviceConfig").field("interface", &self.0.interface).finish_non_exhaustive()
    }
}

impl Content for DeviceConfig {
    fn to_proto(&self) -> Vec<u8> {
        let mut out = Emitter::new(Layout::TALOS);
        section::encode(&*self.0, &mut out);
        Spec::to_proto(&DeviceConfigSpecSpec { yaml_marshalled: Document(out.finish()) })
    }

    fn to_yaml(&self) -> String {
        let mut out = Emitter::new(Layout::TALOS);
        out.mapping_start();
        out.field("device");
        section::encode(&*self.0, &mut out);
        out.mapping_end();
        out.finish()
    }

    fn equals(&self, other: &dyn Content) -> bool {
        (other as &dyn std::any::Any).downcast_ref::<Self>().is_some_and(|other| self.0 == other.0)
    }
}

/// All sections of links, sorted by id.
pub(super) fn all(inputs: &Inputs<'_>) -> Vec<Known<DeviceConfig>> {
    inputs.list_known(DeviceConfigSpecs::DEFINITION.namespace, DeviceConfigSpecs::DEFINITION.type_name)
}

/// Whether a link is to be left alone.
pub(super) fn is_ignored(device: &Device) -> bool {
    device.ignore.unwrap_or(false)
}

/// Names of the links that are to be left alone.
pub(super) fn ignored(devices: &[Known<DeviceConfig>]) -> BTreeSet<&str> {
    let devices = devices.iter().map(|config| config.device()).filter(|device| is_ignored(device));
    devices.map(|device| device.interface.as_str()).collect()
}

/// What a section says about one link: the device itself, or a VLAN on top of it.
pub(super) struct LinkSection<'d> {
    /// Name of the link.
    pub(super) name: String,
    /// Name of the device.
    pub(super) device: &'d str,
    /// Number of the VLAN.
    pub(super) vlan: Option<u16>,
    /// Networks, each with the own address.
    pub(super) addresses: Vec<&'d str>,
    /// Routes.
    pub(super) routes: Vec<&'d Route>,
    /// How DHCP is asked, if it is.
    pub(super) dhcp: Option<Dhcp<'d>>,
    /// Address that machines share.
    pub(super) vip: Option<&'d DeviceVipConfig>,
}

/// How DHCP is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dhcp<'d> {
    /// Metric of the routes it gives; 0 is the default.
    pub(super) route_metric: u32,
    pub(super) ipv4: bool,
    pub(super) ipv6: bool,
    /// How the machine names itself in DHCPv6.
    pub(super) duid: &'d str,
}

/// The device of a section, then its VLANs.
pub(super) fn links(device: &Device) -> impl Iterator<Item = LinkSection<'_>> {
    let own = LinkSection {
        name: device.interface.clone(),
        device: &device.interface,
        vlan: None,
        addresses: addresses(device.addresses.as_deref(), &device.cidr),
        routes: device.routes.iter().flat_map(|routes| routes.iter()).collect(),
        dhcp: dhcp(device.dhcp, device.dhcp_options.as_deref()),
        vip: device.vip.as_deref(),
    };
    let vlans = device.vlans.iter().flat_map(|vlans| vlans.iter()).map(|vlan| LinkSection {
        name: vlan::link_name(&device.interface, vlan.vlan_id),
        device: &device.interface,
        vlan: Some(vlan.vlan_id),
        addresses: addresses(vlan.addresses.as_deref(), &vlan.cidr),
        routes: vlan.routes.iter().flat_map(|routes| routes.iter()).collect(),
        dhcp: dhcp(vlan.dhcp, vlan.dhcp_options.as_deref()),
        vip: vlan.vip.as_deref(),
    });
    std::iter::once(own).chain(vlans)
}

fn addresses<'d>(addresses: Option<&'d [String]>, cidr: &'d str) -> Vec<&'d str> {
    match addresses.unwrap_or_default() {
        [] if cidr.is_empty() => Vec::new(),
        [] => vec![cidr],
        addresses => addresses.iter().map(String::as_str).collect(),
    }
}

fn dhcp(is_wanted: Option<bool>, options: Option<&DhcpOptions>) -> Option<Dhcp<'_>> {
    let standard = Dhcp { route_metric: 0, ipv4: true, ipv6: false, duid: "" };
    let dhcp = options.map_or(standard, |options| Dhcp {
        route_metric: options.route_metric,
        ipv4: options.ipv4.unwrap_or(true),
        ipv6: options.ipv6.unwrap_or(false),
        duid: &options.duidv6,
    });
    is_wanted.unwrap_or(false).then_some(dhcp)
}

#[cfg(test)]
pub(super) mod testing {
    //! Sections of links for tests.

    use super::*;
    use crate::controllers::testing::put_content;
    use crate::cosi::Store;

    /// Puts the sections of `machine.network.interfaces`, each as it would be without selectors.
    pub(crate) fn put_devices(store: &Store, interfaces: &str) {
        for (position, device) in devices(interfaces).into_iter().enumerate() {
            let reference = DeviceConfig::reference(format!("{}/{position:03}", device.interface));
            put_content(store, reference, DeviceConfig::from(device));
        }
    }

    /// Reads a list as `machine.network.interfaces` has it.
    pub(crate) fn devices(interfaces: &str) -> Vec<Device> {
        let text = format!("machine:\n  network:\n    interfaces:\n{interfaces}\n");
        let config = talos_config::load(text).unwrap();
        let machine = config.config().unwrap().machine.as_ref().unwrap();
        let interfaces = machine.network.as_ref().unwrap().interfaces.as_ref().unwrap();
        interfaces.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_travels_as_yaml_and_keeps_secrets_to_itself() {
        let device = testing::devices("    - interface: wg0\n      wireguard: {privateKey: abc}").remove(0);
        let config = DeviceConfig::from(device);
        let section = "interface: wg0\nwireguard:\n    privateKey: abc\n";
        let read = DeviceConfigSpecSpec::from_proto(&config.to_proto()).unwrap();
        assert_eq!(read.yaml_marshalled.0, section);
        let indented: String = section.lines().map(|line| format!("    {line}\n")).collect();
        assert_eq!(config.to_yaml(), format!("device:\n{indented}"));
        assert!(!format!("{config:?}").contains("abc"));
        assert!(config.equals(&config.clone()) && !config.equals(&DeviceConfig::from(Device::default())));
    }

    #[test]
    fn a_device_and_its_vlans_are_links() {
        let device = testing::devices(
            "    - interface: eth0\n      cidr: 10.0.0.1/8\n      dhcp: true\n      vlans:\n      \
             - {vlanId: 5, addresses: [10.5.0.1/16, 10.6.0.1/16], cidr: 10.7.0.1/16, dhcpOptions: {ipv6: true}}\n      \
             - {vlanId: 6, dhcp: true, dhcpOptions: {ipv4: false, ipv6: true, duidv6: d, routeMetric: 5}}",
        );
        let shown: Vec<_> = links(&device[0]).map(|link| (link.name, link.addresses, link.dhcp)).collect();
        let dhcp4 = Dhcp { route_metric: 0, ipv4: true, ipv6: false, duid: "" };
        let dhcp6 = Dhcp { route_metric: 5, ipv4: false, ipv6: true, duid: "d" };
        let expected = [
            ("eth0".to_owned(), vec!["10.0.0.1/8"], Some(dhcp4)),
            ("eth0.5".to_owned(), vec!["10.5.0.1/16", "10.6.0.1/16"], None),
            ("eth0.6".to_owned(), vec![], Some(dhcp6)),
        ];
        assert_eq!(shown, expected);
    }
}
