use std::sync::Arc;

use talos_api::resources::IpPrefix;
use talos_api::resources::network::{
    AddressFlags, AddressSpecSpec, AddressSpecs, ConfigLayer, DeviceConfigSpecs, Family, Scope,
};

use super::layers::{self, CONFIG_NAMESPACE};
use super::{command_line, device, family};
use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::controller::{Controller, Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::networks::{parse_address_or_network, parse_network};
use crate::platform::Mode;

/// Finds the addresses that the command line and the configuration give to links, and that of the loopback link. A
/// container finds the latter there.
#[derive(Debug)]
pub struct AddressConfigController {
    machine: Arc<Machine>,
}

impl AddressConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    AddressConfigController = "network.AddressConfigController" {
        inputs: [Input::weak::<DeviceConfigSpecs>()],
        outputs: [Output::shared::<AddressSpecs>().within(CONFIG_NAMESPACE)],
    }
}

impl Plan for AddressConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let devices = device::all(inputs);
        let ignored = device::ignored(&devices);
        if self.machine.settings.platform.mode() != Mode::Container {
            let spec = AddressSpecSpec {
                address: IpPrefix::new([127, 0, 0, 1].into(), 8),
                link_name: "lo".into(),
                family: Family::INET4,
                scope: Scope::HOST,
                flags: AddressFlags::PERMANENT,
                config_layer: ConfigLayer::DEFAULT,
                ..AddressSpecSpec::default()
            };
            layers::put::<AddressSpecs>(outputs, spec);
        }
        let settings = command_line::read_whole(&self.machine, self.name(), "ignoring cmdline parse failure");
        for link in settings.links.iter().filter(|link| !ignored.contains(link.name.as_str())) {
            put(outputs, link.address, &link.name, ConfigLayer::CMDLINE);
        }
        let devices = devices.iter().map(|config| config.device()).filter(|device| !device::is_ignored(device));
        for link in devices.flat_map(device::links) {
            for text in &link.addresses {
                let parsed = match link.vlan {
                    None => parse_address_or_network(text),
                    Some(_) => parse_network(text),
                };
                match parsed {
                    Ok(address) => put(outputs, address, &link.name, ConfigLayer::MACHINE_CONFIGURATION),
                    Err(error) => {
                        let vlan = link.vlan.map(|id| format!(" vlan {id}")).unwrap_or_default();
                        let text = format!("skipping address {text:?} on interface {:?}{vlan}", link.device);
                        let fields = [("error", Value::Text(&error.to_string()))];
                        self.machine.console.controller(self.name(), &text, &fields);
                    }
                }
            }
        }
        Ok(())
    }
}

fn put(outputs: &mut Outputs, address: IpPrefix, link_name: &str, config_layer: ConfigLayer) {
    let Some(own) = address.address() else { return };
    let spec = AddressSpecSpec {
        address,
        link_name: link_name.to_owned(),
        family: family(own),
        scope: Scope::GLOBAL,
        flags: AddressFlags::PERMANENT,
        config_layer,
        ..AddressSpecSpec::default()
    };
    layers::put::<AddressSpecs>(outputs, spec);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{store, wanted};
    use crate::machine::testing::machine_with_command_line;

    #[test]
    fn the_command_line_and_the_configuration_give_addresses() {
        let store = store();
        device::testing::put_devices(
            &store,
            "    - interface: eth0\n      addresses: [10.5.0.2/16, fd00::2, bad]\n      vlans:\n      \
             - {vlanId: 7, addresses: [10.7.0.2/24, 10.7.0.3]}\n    - {interface: eth1, ignore: true, cidr: 10.8.0.1/8}",
        );
        let line = "ip=172.20.0.2:::24::eth2 ip=172.20.0.3:::24::eth1 ip=eth4:dhcp";
        let controller = AddressConfigController::new(machine_with_command_line(line));
        let expected = |id: &str, address: &str, link: &str, family: &str, layer: &str| {
            format!(
                "network-config/{id}: address: {address}; linkName: {link}; family: {family}; scope: global; \
                 flags: permanent; layer: {layer}"
            )
        };
        let expected = [
            expected("cmdline/eth2/172.20.0.2/24", "172.20.0.2/24", "eth2", "inet4", "cmdline"),
            expected("configuration/eth0.7/10.7.0.2/24", "10.7.0.2/24", "eth0.7", "inet4", "configuration"),
            expected("configuration/eth0/10.5.0.2/16", "10.5.0.2/16", "eth0", "inet4", "configuration"),
            expected("configuration/eth0/fd00::2/128", "fd00::2/128", "eth0", "inet6", "configuration"),
        ];
        assert_eq!(wanted(&store, &controller), expected);
    }
}
