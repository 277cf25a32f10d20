use std::collections::BTreeSet;
use std::sync::Arc;

use talos_api::resources::config::MachineConfigs;
use talos_api::resources::network::{DeviceConfigSpecs, LinkStatusSpec, LinkStatuses};
use talos_config::v1alpha1::{Device, NetworkDeviceSelector};

use super::device::DeviceConfig;
use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::controller::{Controller, Failure, Input, Inputs, Known, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::machine_config::MachineConfig;

/// Hands out the sections of links, and finds the links that their selectors mean.
#[derive(Debug)]
pub struct DeviceConfigController {
    machine: Arc<Machine>,
}

impl DeviceConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    DeviceConfigController = "network.DeviceConfigController" {
        inputs: [
            Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE),
            Input::weak::<LinkStatuses>(),
        ],
        outputs: [Output::exclusive::<DeviceConfigSpecs>()],
    }
}

/// A selector that is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Error {
    #[error("no matching network device for defined selector: &{selector}")]
    NoDevice { selector: String },
    #[error("no matching network device for defined bond selectors: [{}]", selectors.iter().map(|selector| format!("&{selector}")).collect::<Vec<_>>().join(" "))]
    NoBondDevice { selectors: Vec<String> },
    #[error("the device {interface} is already configured by a selector")]
    Twice { interface: String },
}

impl Plan for DeviceConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let links = inputs.list::<LinkStatuses>();
        let machine = config.as_ref().and_then(|config| config.machine());
        let interfaces = machine.and_then(|machine| machine.network.as_ref()?.interfaces.as_ref());
        let mut selected = BTreeSet::new();
        for (position, device) in interfaces.iter().flat_map(|interfaces| interfaces.iter()).enumerate() {
            let mut device = device.clone();
            if let Some(selector) = &device.device_selector {
                match links.iter().find(|link| is_meant(selector, link)) {
                    Some(link) => link.id().clone_into(&mut device.interface),
                    None => {
                        let error = Error::NoDevice { selector: shown(selector) };
                        self.warn("failed to select an interface for a device", &error);
                        continue;
                    }
                }
                if !selected.insert(device.interface.clone()) {
                    return Err(Error::Twice { interface: device.interface }.into());
                }
            }
            if let Err(error) = expand_bond(&mut device, &links) {
                self.warn("failed to select interfaces for a bond device", &error);
                continue;
            }
            let reference = DeviceConfig::reference(format!("{}/{position:03}", device.interface));
            outputs.insert(reference, Arc::new(DeviceConfig::from(device)));
        }
        Ok(())
    }
}

impl DeviceConfigController {
    fn warn(&self, text: &str, error: &Error) {
        self.machine.console.controller(self.name(), text, &[("error", Value::Text(&error.to_string()))]);
    }
}

/// Replaces the selectors of a bond by the names of the links they mean. The bond itself is none of them, although it
/// takes on the address of its first link.
fn expand_bond(device: &mut Device, links: &[Known<LinkStatusSpec>]) -> Result<(), Error> {
    let Some(bond) = &mut device.bond else { return Ok(()) };
    let Some(selectors) = bond.device_selectors.take_if(|selectors| !selectors.is_empty()) else { return Ok(()) };
    let meant = selectors.iter().flat_map(|selector| links.iter().filter(|link| is_meant(selector, link)));
    let names: Vec<String> = meant.map(|link| link.id().to_owned()).filter(|name| *name != device.interface).collect();
    if names.is_empty() {
        return Err(Error::NoBondDevice { selectors: selectors.iter().map(shown).collect() });
    }
    bond.interfaces = Some(names);
    Ok(())
}

/// Whether all that a selector says is true of a link; one that says nothing means none.
fn is_meant(selector: &NetworkDeviceSelector, link: &LinkStatusSpec) -> bool {
    let pairs = [
        (&selector.hardware_addr, &link.hardware_addr.to_string()),
        (&selector.pci_id, &link.pci_id),
        (&selector.driver, &link.driver),
        (&selector.bus_path, &link.bus_path),
    ];
    let mut said = pairs.iter().filter(|(pattern, _)| !pattern.is_empty()).peekable();
    said.peek().is_some() && said.all(|(pattern, value)| matches(pattern, value))
}

/// Whether a text is as a pattern says, in which a `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        match text.find(part) {
            Some(place) => text = &text[place + part.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}

/// A selector as the reference shows it.
fn shown(selector: &NetworkDeviceSelector) -> String {
    let NetworkDeviceSelector { bus_path, hardware_addr, pci_id, driver } = selector;
    format!(
        "{{NetworkDeviceBus:{bus_path} NetworkDeviceHardwareAddress:{hardware_addr} NetworkDevicePCIID:{pci_id} \
         NetworkDeviceKernelDriver:{driver}}}"
    )
}

#[cfg(test)]
mod tests {
    use talos_api::resources::{HardwareAddr, Kind};

    use super::*;
    use crate::controllers::testing::{configure, put, store, wanted};
    use crate::machine::testing::machine;

    fn selected(interfaces: &str) -> Vec<String> {
        let store = store();
        for (name, address, driver, bus) in [
            ("eth0", [0, 0, 0, 0, 0, 1], "virtio_net", "0000:00:04.0"),
            ("eth1", [0, 0, 0, 0, 0, 2], "virtio_net", "0000:00:05.0"),
            ("eth2", [0, 0, 0, 0, 0, 1], "e1000", "0000:01:00.0"),
        ] {
            let spec = LinkStatusSpec {
                hardware_addr: HardwareAddr(address.to_vec()),
                driver: driver.into(),
                bus_path: bus.into(),
                ..Default::default()
            };
            put::<LinkStatuses>(&store, LinkStatuses::DEFINITION.namespace, name, spec);
        }
        configure(&store, &format!("machine:\n  network:\n    interfaces:\n{interfaces}\n"));
        wanted(&store, &DeviceConfigController::new(machine()))
    }

    #[test]
    fn sections_are_numbered_and_selectors_find_links() {
        for (interfaces, expected) in [
            (
                "    - interface: eth5\n    - interface: a",
                &["network/a/001: device:;     interface: a", "network/eth5/000: device:;     interface: eth5"][..],
            ),
            (
                "    - deviceSelector: {driver: virtio*}",
                &["network/eth0/000: device:;     interface: eth0;     deviceSelector:;         driver: virtio*"],
            ),
            (
                "    - deviceSelector: {hardwareAddr: '*:01', busPath: '*01:*.0'}\n      mtu: 9000",
                &[
                    "network/eth2/000: device:;     interface: eth2;     deviceSelector:;         busPath: '*01:*.0';         \
                   hardwareAddr: '*:01';     mtu: 9000",
                ],
            ),
            ("    - deviceSelector: {driver: x}", &[]),
            (
                "    - interface: eth1\n      bond:\n        deviceSelectors:\n        - {driver: virtio_net}\n        \
                 - {hardwareAddr: '00:*:01'}",
                &[
                    "network/eth1/000: device:;     interface: eth1;     bond:;         interfaces:;             - eth0;             \
                   - eth0;             - eth2;         mode: \"\"",
                ],
            ),
            ("    - interface: b\n      bond:\n        deviceSelectors:\n        - {driver: x}", &[]),
        ] {
            assert_eq!(selected(interfaces), expected, "{interfaces}");
        }
    }

    #[test]
    fn a_link_is_selected_once() {
        let store = store();
        let spec = LinkStatusSpec { driver: "a".into(), ..Default::default() };
        put::<LinkStatuses>(&store, LinkStatuses::DEFINITION.namespace, "eth0", spec);
        let twice = "    - deviceSelector: {driver: a}\n    - deviceSelector: {driver: '*'}";
        configure(&store, &format!("machine:\n  network:\n    interfaces:\n{twice}\n"));
        let controller = DeviceConfigController::new(machine());
        let error = controller.plan(&Inputs::new(&store, &controller), &mut Outputs::default()).unwrap_err();
        assert_eq!(error.to_string(), "the device eth0 is already configured by a selector");
    }

    #[test]
    fn patterns_have_any_number_of_stars() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "ab", true),
            ("a*", "ba", false),
            ("*a", "ba", true),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c2b", false),
            ("a*a", "a", false),
            ("*ab*ab*", "abxab", true),
            ("*ab*ab*", "ab", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn selectors_are_shown_as_in_the_reference() {
        let selector = NetworkDeviceSelector { bus_path: "00:*".into(), ..Default::default() };
        let expected = "no matching network device for defined selector: &{NetworkDeviceBus:00:* \
                        NetworkDeviceHardwareAddress: NetworkDevicePCIID: NetworkDeviceKernelDriver:}";
        assert_eq!(Error::NoDevice { selector: shown(&selector) }.to_string(), expected);
    }
}
