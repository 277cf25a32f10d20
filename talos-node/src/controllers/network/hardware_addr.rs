use talos_api::resources::network::{HardwareAddrSpec, HardwareAddresses, LinkStatuses};

use super::is_physical;
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Tells the hardware address that the machine is known by: that of its first device by name.
#[derive(Debug)]
pub struct HardwareAddrController;

controller! {
    HardwareAddrController = "network.HardwareAddrController" {
        inputs: [Input::weak::<LinkStatuses>()],
        outputs: [Output::exclusive::<HardwareAddresses>()],
    }
}

impl Plan for HardwareAddrController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        if let Some(link) = inputs.list::<LinkStatuses>().iter().find(|link| is_physical(link)) {
            let spec = HardwareAddrSpec { name: link.id().to_owned(), hardware_addr: link.hardware_addr.clone() };
            outputs.put::<HardwareAddresses>("first", spec);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::network::{LinkStatusSpec, LinkType};
    use talos_api::resources::{HardwareAddr, Kind};

    use super::*;
    use crate::controllers::testing::{put, store, wanted};

    #[test]
    fn the_first_device_counts() {
        let store = store();
        assert_eq!(wanted(&store, &HardwareAddrController), [""; 0]);
        for (name, kind, address) in [("eth1", "", 1), ("eth0", "veth", 2), ("eth2", "", 3)] {
            let spec = LinkStatusSpec {
                r#type: LinkType::ETHER,
                kind: kind.into(),
                hardware_addr: HardwareAddr(vec![0, 0, 0, 0, 0, address]),
                ..LinkStatusSpec::default()
            };
            put::<LinkStatuses>(&store, LinkStatuses::DEFINITION.namespace, name, spec);
        }
        let expected = "network/first: name: eth1; hardwareAddr: \"00:00:00:00:00:01\"";
        assert_eq!(wanted(&store, &HardwareAddrController), [expected]);
    }
}
