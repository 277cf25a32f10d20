use std::sync::Arc;

use talos_api::resources::network::{
    ConfigLayer, DeviceConfigSpecs, Operator, OperatorSpecSpec, OperatorSpecs, VipOperatorSpec,
};
use talos_config::v1alpha1::DeviceVipConfig;

use super::layers::{self, CONFIG_NAMESPACE};
use super::{command_line, device};
use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::controller::{Controller, Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::networks::{NotAnAddress, parse_address};

/// Finds the addresses that machines share.
#[derive(Debug)]
pub struct OperatorVipConfigController {
    machine: Arc<Machine>,
}

impl OperatorVipConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    OperatorVipConfigController = "network.OperatorVIPConfigController" {
        inputs: [Input::weak::<DeviceConfigSpecs>()],
        outputs: [Output::shared::<OperatorSpecs>().within(CONFIG_NAMESPACE)],
    }
}

/// An address that cannot be shared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Address(#[from] NotAnAddress),
    #[error(
        "addresses that {provider} routes cannot be shared yet: leave out vip.{field} where the link layer reaches all machines"
    )]
    Provider { provider: &'static str, field: &'static str },
}

impl Plan for OperatorVipConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let (settings, outcome) = command_line::read(&self.machine);
        if let Err(error) = outcome {
            command_line::tell(&self.machine, self.name(), "ignored cmdline parse failure", &error);
        }
        let devices = device::all(inputs);
        let mut ignored = device::ignored(&devices);
        ignored.extend(settings.ignored.iter().map(String::as_str));
        let devices = devices.iter().map(|config| config.device());
        for link in devices.filter(|device| !ignored.contains(device.interface.as_str())).flat_map(device::links) {
            let Some(vip) = link.vip else { continue };
            match shared(vip) {
                Ok(vip) => {
                    let spec = OperatorSpecSpec {
                        operator: Operator::VIP,
                        link_name: link.name,
                        require_up: true,
                        vip,
                        config_layer: ConfigLayer::MACHINE_CONFIGURATION,
                        ..OperatorSpecSpec::default()
                    };
                    layers::put::<OperatorSpecs>(outputs, spec);
                }
                Err(error) => {
                    let text = match error {
                        Error::Address(_) => "ignoring vip parse failure",
                        Error::Provider { .. } => "ignoring vip",
                    };
                    let fields = [("error", Value::Text(&error.to_string())), ("link", Value::Text(&link.name))];
                    self.machine.console.controller(self.name(), text, &fields);
                }
            }
        }
        Ok(())
    }
}

fn shared(vip: &DeviceVipConfig) -> Result<VipOperatorSpec, Error> {
    let ip = parse_address(&vip.ip)?;
    if vip.equinix_metal.is_some() {
        return Err(Error::Provider { provider: "Equinix Metal", field: "equinixMetal" });
    }
    if vip.hcloud.is_some() {
        return Err(Error::Provider { provider: "Hetzner Cloud", field: "hcloud" });
    }
    Ok(VipOperatorSpec { ip, gratuitous_arp: true, ..VipOperatorSpec::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{store, wanted};
    use crate::machine::testing::machine_with_command_line;

    #[test]
    fn links_share_addresses() {
        let store = store();
        device::testing::put_devices(
            &store,
            "    - interface: eth0\n      vip: {ip: 10.5.0.9}\n      vlans: [{vlanId: 5, vip: {ip: fd00::9}}]\n    \
             - {interface: eth1, ignore: true, vip: {ip: 10.5.0.9}}\n    - {interface: eth2, vip: {ip: 10.5.0.9}}\n    \
             - {interface: eth3, vip: {ip: x}}\n    - {interface: eth4, vip: {ip: 10.5.0.9, hcloud: {apiToken: t}}}",
        );
        let line = "talos.network.interface.ignore=eth2";
        let controller = OperatorVipConfigController::new(machine_with_command_line(line));
        let row = |link: &str, ip: &str| {
            format!(
                "network-config/configuration/vip/{link}: operator: vip; linkName: {link}; requireUp: true; vip:;     \
                 ip: {ip};     gratuitousARP: true; layer: configuration"
            )
        };
        assert_eq!(wanted(&store, &controller), [row("eth0", "10.5.0.9"), row("eth0.5", "fd00::9")]);
    }
}
