use std::collections::BTreeSet;
use std::sync::Arc;

use talos_api::resources::network::{
    ConfigLayer, DeviceConfigSpecs, Dhcp4OperatorSpec, Dhcp6OperatorSpec, LinkSpecs, LinkStatuses, Operator,
    OperatorSpecSpec, OperatorSpecs,
};

use super::layers::{self, CONFIG_NAMESPACE};
use super::{ROUTE_METRIC, command_line, device, is_physical};
use crate::controllers::controller;
use crate::cosi::controller::{Controller, Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;

/// Finds the links that get their addresses by DHCP: those that the command line and the configuration say, and all
/// devices that nobody configures.
#[derive(Debug)]
pub struct OperatorConfigController {
    machine: Arc<Machine>,
}

impl OperatorConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    OperatorConfigController = "network.OperatorConfigController" {
        inputs: [
            Input::weak::<DeviceConfigSpecs>(),
            Input::weak::<LinkStatuses>(),
            Input::weak::<LinkSpecs>().within(CONFIG_NAMESPACE),
        ],
        outputs: [Output::shared::<OperatorSpecs>().within(CONFIG_NAMESPACE)],
    }
}

impl Plan for OperatorConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let (settings, outcome) = command_line::read(&self.machine);
        if let Err(error) = outcome {
            command_line::tell(&self.machine, self.name(), "ignored cmdline parse failure", &error);
        }
        for link in settings.links.iter().filter(|link| link.has_dhcp) {
            layers::put::<OperatorSpecs>(outputs, dhcp4(&link.name, 0, ConfigLayer::CMDLINE));
        }
        let devices = device::all(inputs);
        let mut ignored = device::ignored(&devices);
        ignored.extend(settings.ignored.iter().map(String::as_str));
        let devices = devices.iter().map(|config| config.device());
        for link in devices.filter(|device| !ignored.contains(device.interface.as_str())).flat_map(device::links) {
            let Some(dhcp) = link.dhcp else { continue };
            let layer = ConfigLayer::MACHINE_CONFIGURATION;
            if dhcp.ipv4 {
                layers::put::<OperatorSpecs>(outputs, dhcp4(&link.name, dhcp.route_metric, layer));
            }
            if dhcp.ipv6 {
                let route_metric = metric(dhcp.route_metric);
                let dhcp6 = Dhcp6OperatorSpec { duid: dhcp.duid.into(), route_metric, ..Dhcp6OperatorSpec::default() };
                let spec = OperatorSpecSpec { dhcp6, ..operator(Operator::DHCP6, &link.name, layer) };
                layers::put::<OperatorSpecs>(outputs, spec);
            }
        }
        let specs = layers::all::<LinkSpecs>(inputs);
        // What defaults and operators want of a link does not make it one that somebody configures.
        let ours = [ConfigLayer::DEFAULT, ConfigLayer::OPERATOR];
        let configured = specs.iter().filter(|spec| !ours.contains(&spec.config_layer));
        let configured: BTreeSet<&str> = configured.map(|spec| spec.name.as_str()).collect();
        for link in inputs.list::<LinkStatuses>().iter().filter(|link| is_physical(link)) {
            if !configured.contains(link.id()) && !ignored.contains(link.id()) {
                layers::put::<OperatorSpecs>(outputs, dhcp4(link.id(), 0, ConfigLayer::DEFAULT));
            }
        }
        Ok(())
    }
}

fn operator(operator: Operator, link: &str, config_layer: ConfigLayer) -> OperatorSpecSpec {
    OperatorSpecSpec {
        operator,
        link_name: link.to_owned(),
        require_up: true,
        config_layer,
        ..OperatorSpecSpec::default()
    }
}

fn dhcp4(link: &str, route_metric: u32, config_layer: ConfigLayer) -> OperatorSpecSpec {
    let dhcp4 = Dhcp4OperatorSpec { route_metric: metric(route_metric), ..Dhcp4OperatorSpec::default() };
    OperatorSpecSpec { dhcp4, ..operator(Operator::DHCP4, link, config_layer) }
}

fn metric(metric: u32) -> u32 {
    if metric == 0 { ROUTE_METRIC } else { metric }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;
    use talos_api::resources::network::{LinkSpecSpec, LinkStatusSpec, LinkType};

    use super::*;
    use crate::controllers::testing::{put, store, wanted};
    use crate::machine::testing::machine_with_command_line;

    fn shown(line: &str, interfaces: &str, specs: &[(&str, ConfigLayer)]) -> Vec<String> {
        let store = store();
        for name in ["eth0", "eth1"] {
            let spec = LinkStatusSpec { r#type: LinkType::ETHER, ..LinkStatusSpec::default() };
            put::<LinkStatuses>(&store, LinkStatuses::DEFINITION.namespace, name, spec);
        }
        for (name, config_layer) in specs {
            let spec = LinkSpecSpec { name: (*name).into(), config_layer: *config_layer, ..LinkSpecSpec::default() };
            put::<LinkSpecs>(&store, CONFIG_NAMESPACE, &format!("{config_layer}/{name}"), spec);
        }
        if !interfaces.is_empty() {
            device::testing::put_devices(&store, interfaces);
        }
        let controller = OperatorConfigController::new(machine_with_command_line(line));
        let short = |row: String| row.split(": operator").next().unwrap().replace("network-config/", "");
        wanted(&store, &controller).into_iter().map(short).collect()
    }

    #[test]
    fn devices_that_nobody_configures_ask_dhcp() {
        for (line, interfaces, specs, expected) in [
            ("", "", &[][..], &["default/dhcp4/eth0", "default/dhcp4/eth1"][..]),
            (
                "",
                "",
                &[("eth0", ConfigLayer::DEFAULT), ("eth1", ConfigLayer::OPERATOR)],
                &["default/dhcp4/eth0", "default/dhcp4/eth1"],
            ),
            ("", "", &[("eth0", ConfigLayer::PLATFORM), ("eth1", ConfigLayer::CMDLINE)], &[]),
            (
                "ip=eth5:dhcp talos.network.interface.ignore=eth1",
                "",
                &[],
                &["cmdline/dhcp4/eth5", "default/dhcp4/eth0"],
            ),
            // What stands before the fault counts.
            (
                "ip=eth5:dhcp ip=x talos.network.interface.ignore=eth1",
                "",
                &[],
                &["cmdline/dhcp4/eth5", "default/dhcp4/eth0"],
            ),
            (
                "",
                "    - {interface: eth0, ignore: true, dhcp: true}\n    - interface: eth1\n      dhcp: true\n      \
                 vlans: [{vlanId: 5, dhcp: true, dhcpOptions: {ipv4: false, ipv6: true}}]",
                &[("eth1", ConfigLayer::MACHINE_CONFIGURATION)],
                &["configuration/dhcp4/eth1", "configuration/dhcp6/eth1.5"],
            ),
        ] {
            assert_eq!(shown(line, interfaces, specs), expected, "{line} {interfaces}");
        }
    }

    #[test]
    fn options_are_passed_on() {
        let store = store();
        let options = "{ipv6: true, duidv6: d, routeMetric: 5}";
        device::testing::put_devices(&store, &format!("    - {{interface: a, dhcp: true, dhcpOptions: {options}}}"));
        let controller = OperatorConfigController::new(machine_with_command_line(""));
        let row = |operator: &str, options: &str| {
            format!(
                "network-config/configuration/{operator}/a: operator: {operator}; linkName: a; requireUp: true; \
                 {operator}:; {options}    routeMetric: 5; layer: configuration"
            )
        };
        assert_eq!(wanted(&store, &controller), [row("dhcp4", ""), row("dhcp6", "    DUID: d; ")]);
    }
}
