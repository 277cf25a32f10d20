use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use talos_api::resources::IpPrefix;
use talos_api::resources::network::{
    ConfigLayer, DeviceConfigSpecs, LinkSpecSpec, LinkSpecs, LinkStatusSpec, LinkStatuses, LinkType, WireguardPeer,
    WireguardSpec,
};
use talos_config::v1alpha1::{Device, DeviceWireguardConfig};

use super::layers::{self, CONFIG_NAMESPACE};
use super::{bond, command_line, device, is_physical, vlan};
use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::controller::{Controller, Failure, Input, Inputs, Known, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::networks::{PrefixError, parse_network};

/// Finds the links that the command line and the configuration speak of. All devices that nobody speaks of are to be up.
#[derive(Debug)]
pub struct LinkConfigController {
    machine: Arc<Machine>,
}

impl LinkConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    LinkConfigController = "network.LinkConfigController" {
        inputs: [Input::weak::<DeviceConfigSpecs>(), Input::weak::<LinkStatuses>()],
        outputs: [Output::shared::<LinkSpecs>().within(CONFIG_NAMESPACE)],
    }
}

impl Plan for LinkConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let devices = device::all(inputs);
        let ignored = device::ignored(&devices);
        let statuses = inputs.list::<LinkStatuses>();
        let mut spoken_of: BTreeSet<&str> = BTreeSet::new();
        layers::put::<LinkSpecs>(outputs, up("lo", ConfigLayer::DEFAULT));

        let settings = command_line::read_whole(&self.machine, self.name(), "ignoring error");
        spoken_of.extend(settings.ignored.iter().map(String::as_str));
        for spec in settings.link_specs.iter().filter(|spec| !spec.name.is_empty()) {
            spoken_of.insert(&spec.name);
            if !ignored.contains(spec.name.as_str()) {
                layers::put::<LinkSpecs>(outputs, spec.clone());
            }
        }

        let devices: Vec<&Device> = devices.iter().map(|config| config.device()).collect();
        for spec in self.configured(&devices, &statuses).into_values() {
            layers::put::<LinkSpecs>(outputs, spec);
        }
        for device in devices {
            spoken_of.insert(&device.interface);
            spoken_of.extend(parts(device).map(|(_, link)| link));
        }
        for link in statuses.iter().filter(|link| is_physical(link) && !spoken_of.contains(link.id())) {
            layers::put::<LinkSpecs>(outputs, up(link.id(), ConfigLayer::DEFAULT));
        }
        Ok(())
    }
}

impl LinkConfigController {
    fn tell(&self, text: &str, fields: &[(&str, Value<'_>)]) {
        self.machine.console.controller(self.name(), text, fields);
    }

    /// Links as the configuration wants them, by name.
    fn configured(&self, devices: &[&Device], statuses: &[Known<LinkStatusSpec>]) -> BTreeMap<String, LinkSpecSpec> {
        let devices = || devices.iter().filter(|device| !device::is_ignored(device));
        let mut links = BTreeMap::new();
        let index = |name: &str| statuses.iter().find(|link| link.id() == name).map(|link| link.index);
        for device in devices() {
            let link = entry(&mut links, &device.interface);
            let mut outcomes: Vec<(&str, Result<(), String>)> = Vec::new();
            if device.mtu != 0 {
                link.mtu = device.mtu as u32;
            }
            if let Some(bond) = &device.bond {
                let outcome = bond::set_master(link, bond, index).map_err(|error| error.to_string());
                outcomes.push(("error parsing bond config", outcome));
            }
            if let Some(bridge) = &device.bridge {
                bond::set_bridge(link, bridge);
            }
            if let Some(wireguard) = &device.wireguard {
                let outcome = set_wireguard(link, wireguard).map_err(|error| error.to_string());
                outcomes.push(("error parsing wireguard config", outcome));
            }
            if device.dummy.unwrap_or(false) {
                link.logical = true;
                link.kind = "dummy".into();
                link.r#type = LinkType::ETHER;
            }
            for (text, outcome) in outcomes {
                if let Err(error) = outcome {
                    self.tell(text, &[("error", Value::Text(&error))]);
                }
            }
            for tagged in device.vlans.iter().flat_map(|vlans| vlans.iter()) {
                let name = vlan::link_name(&device.interface, tagged.vlan_id);
                let mut link = up(&name, ConfigLayer::MACHINE_CONFIGURATION);
                vlan::set(&mut link, &device.interface, tagged.vlan_id, tagged.mtu);
                links.insert(name, link);
            }
        }
        let mut bonded: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
        let mut bridged: BTreeMap<&str, &str> = BTreeMap::new();
        for device in devices() {
            let master = device.interface.as_str();
            for (part, link) in parts(device) {
                let is_bonded = bonded.get(link).is_some_and(|(bond, _)| *bond != master);
                let is_bridged = bridged.get(link).is_some_and(|bridge| *bridge != master);
                let (same, other, masters) = match part {
                    Part::OfBond(_) => (is_bonded, is_bridged, "bonds"),
                    Part::OfBridge => (is_bridged, is_bonded, "bridges"),
                };
                if same {
                    self.tell(&format!("link {link:?} is included into more than two {masters}"), &[]);
                }
                if other {
                    self.tell(&format!("link {link:?} is included into both a bond and a bridge"), &[]);
                }
                match part {
                    Part::OfBond(position) => drop(bonded.insert(link, (master, position))),
                    Part::OfBridge => drop(bridged.insert(link, master)),
                }
            }
        }
        for (name, (bond, position)) in bonded {
            bond::set_slave(entry(&mut links, name), bond, position);
        }
        for (name, bridge) in bridged {
            bridge.clone_into(&mut entry(&mut links, name).bridge_slave.master_name);
        }
        links
    }
}

/// What a link is part of.
#[derive(Clone, Copy)]
enum Part {
    /// In which place of it.
    OfBond(usize),
    OfBridge,
}

/// The links that a device is made of.
fn parts(device: &Device) -> impl Iterator<Item = (Part, &str)> {
    let bond = device.bond.as_ref().and_then(|bond| bond.interfaces.as_deref()).unwrap_or_default();
    let bridge = device.bridge.as_ref().and_then(|bridge| bridge.interfaces.as_deref()).unwrap_or_default();
    let bonded = bond.iter().enumerate().map(|(position, link)| (Part::OfBond(position), link.as_str()));
    bonded.chain(bridge.iter().map(|link| (Part::OfBridge, link.as_str())))
}

fn up(name: &str, config_layer: ConfigLayer) -> LinkSpecSpec {
    LinkSpecSpec { name: name.into(), up: true, config_layer, ..LinkSpecSpec::default() }
}

fn entry<'l>(links: &'l mut BTreeMap<String, LinkSpecSpec>, name: &str) -> &'l mut LinkSpecSpec {
    links.entry(name.to_owned()).or_insert_with(|| up(name, ConfigLayer::MACHINE_CONFIGURATION))
}

/// Makes a link a WireGuard tunnel.
///
/// # Errors
/// When a peer has a network that is none. The peers before it are there then.
fn set_wireguard(link: &mut LinkSpecSpec, wireguard: &DeviceWireguardConfig) -> Result<(), PrefixError> {
    link.logical = true;
    link.kind = "wireguard".into();
    link.r#type = LinkType::NONE;
    link.wireguard = WireguardSpec {
        private_key: wireguard.private_key.clone(),
        listen_port: wireguard.listen_port,
        firewall_mark: wireguard.firewall_mark,
        ..WireguardSpec::default()
    };
    for peer in wireguard.peers.iter().flat_map(|peers| peers.iter()) {
        let allowed = peer.allowed_ips.as_deref().unwrap_or_default();
        let allowed_ips: Vec<IpPrefix> = allowed.iter().map(|text| parse_network(text)).collect::<Result<_, _>>()?;
        link.wireguard.peers.push(WireguardPeer {
            public_key: peer.public_key.clone(),
            endpoint: peer.endpoint.clone(),
            persistent_keepalive_interval: talos_api::resources::Duration(
                peer.persistent_keepalive_interval.as_nanos(),
            ),
            allowed_ips,
            ..WireguardPeer::default()
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;

    use super::*;
    use crate::controllers::testing::{put, store, wanted};
    use crate::machine::testing::machine_with_command_line;

    fn shown(line: &str, interfaces: &str) -> Vec<String> {
        let store = store();
        for (name, kind, r#type) in [
            ("eth0", "", LinkType::ETHER),
            ("eth1", "", LinkType::ETHER),
            ("veth0", "veth", LinkType::ETHER),
            ("lo", "", LinkType::LOOPBCK),
        ] {
            let spec = LinkStatusSpec { kind: kind.into(), r#type, index: 7, ..LinkStatusSpec::default() };
            put::<LinkStatuses>(&store, LinkStatuses::DEFINITION.namespace, name, spec);
        }
        if !interfaces.is_empty() {
            device::testing::put_devices(&store, interfaces);
        }
        let short = |row: String| {
            let row = row
                .replace("network-config/", "")
                .replace("; logical: false; up: true; mtu: 0; kind: \"\"; type: netrom", "");
            row.replace("; up: true; mtu: 0", "")
        };
        let controller = LinkConfigController::new(machine_with_command_line(line));
        wanted(&store, &controller).into_iter().map(short).collect()
    }

    #[test]
    fn devices_that_nobody_speaks_of_are_up() {
        let lo = "default/lo: name: lo; layer: default";
        for (line, interfaces, expected) in [
            ("", "", &["default/eth0: name: eth0; layer: default", "default/eth1: name: eth1; layer: default", lo][..]),
            ("ip=eth1:dhcp talos.network.interface.ignore=eth0", "", &["cmdline/eth1: name: eth1; layer: cmdline", lo]),
            (
                "ip=eth1:dhcp",
                "    - {interface: eth1, ignore: true}",
                &["default/eth0: name: eth0; layer: default", lo],
            ),
            // What cannot be understood counts for nothing.
            (
                "ip=eth1:dhcp bond=a:b:c=d",
                "    - interface: eth0",
                &[
                    "configuration/eth0: name: eth0; layer: configuration",
                    "default/eth1: name: eth1; layer: default",
                    lo,
                ],
            ),
        ] {
            assert_eq!(shown(line, interfaces), expected, "{line} {interfaces}");
        }
    }

    #[test]
    fn links_are_made_of_others() {
        let bonded = shown("", "    - interface: bond0\n      bond: {interfaces: [eth1, eth0], primary: eth1}");
        let expected = [
            "configuration/bond0: name: bond0; logical: true; kind: bond; type: ether; bondMaster:;     mode: balance-rr;     \
             xmitHashPolicy: layer2;     lacpRate: slow;     arpValidate: none;     arpAllTargets: any;     primary: 7;     \
             primaryReselect: always;     failOverMac: 0;     resendIgmp: 1;     lpInterval: 1;     packetsPerSlave: 1;     \
             numPeerNotif: 1;     tlbLogicalLb: 1;     useCarrier: true; layer: configuration",
            "configuration/eth0: name: eth0; masterName: bond0; slaveIndex: 1; layer: configuration",
            "configuration/eth1: name: eth1; masterName: bond0; layer: configuration",
            "default/lo: name: lo; layer: default",
        ];
        assert_eq!(bonded, expected);
        let bridged = shown("", "    - interface: br0\n      bridge: {interfaces: [eth1], stp: {enabled: true}}");
        let expected = [
            "configuration/br0: name: br0; logical: true; kind: bridge; type: ether; bridgeMaster:;     stp:;         \
             enabled: true; layer: configuration",
            "configuration/eth1: name: eth1; bridgeSlave:;     masterName: br0; layer: configuration",
        ];
        assert_eq!(bridged[..2], expected);
    }

    #[test]
    fn links_of_other_kinds_are_made() {
        let interfaces = "    - {interface: dummy0, dummy: true, mtu: 1400}\n    - interface: eth0\n      vlans: [{vlanId: 5, mtu: 1450}]\n    \
                          - interface: wg0\n      wireguard:\n        privateKey: a\n        listenPort: 7\n        peers:\n        \
                          - {publicKey: p, endpoint: '1.2.3.4:5', persistentKeepaliveInterval: 10s, allowedIPs: [10.0.0.0/8]}";
        let expected = [
            "configuration/dummy0: name: dummy0; logical: true; up: true; mtu: 1400; kind: dummy; type: ether; \
             layer: configuration",
            "configuration/eth0: name: eth0; layer: configuration",
            "configuration/eth0.5: name: eth0.5; logical: true; up: true; mtu: 1450; kind: vlan; type: ether; parentName: eth0; \
             vlan:;     vlanID: 5;     vlanProtocol: 802.1q; layer: configuration",
            "configuration/wg0: name: wg0; logical: true; kind: wireguard; type: nohdr; wireguard:;     privateKey: a;     \
             listenPort: 7;     firewallMark: 0;     peers:;         - publicKey: p;           presharedKey: \"\";           \
             endpoint: 1.2.3.4:5;           persistentKeepaliveInterval: 10s;           allowedIPs:;             - 10.0.0.0/8; \
             layer: configuration",
        ];
        assert_eq!(shown("", interfaces)[..4], expected);
    }
}
