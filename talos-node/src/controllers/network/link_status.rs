use std::sync::Arc;

use talos_api::resources::HardwareAddr;
use talos_api::resources::network::{
    Duplex, LinkFlags, LinkStatusSpec, LinkStatuses, LinkType, OperationalState, Port,
};

use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Output, Outputs, Run};
use crate::machine::Machine;
use crate::sys::netlink::{Link, LinkDetails, LinkDevice, LinkSettings, Subjects};

/// Reports the links of the machine.
#[derive(Debug)]
pub struct LinkStatusController {
    machine: Arc<Machine>,
}

impl LinkStatusController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    LinkStatusController = "network.LinkStatusController" {
        inputs: [],
        outputs: [Output::exclusive::<LinkStatuses>()],
    }
}

#[tonic::async_trait]
impl Run for LinkStatusController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut changes = self.machine.host.network_changes(Subjects::LINKS)?;
        loop {
            // Kernels that were made without it say nothing about settings.
            let mut settings = self.machine.host.link_settings().unwrap_or_default();
            let mut outputs = Outputs::default();
            for link in self.machine.host.links()? {
                let device = self.machine.host.link_device(&link.name);
                let settings = settings.remove(&link.index).unwrap_or_default();
                outputs.put::<LinkStatuses>(link.name.clone(), status(link, device, &settings));
            }
            context.settle(outputs)?;
            changes.changed().await?;
        }
    }
}

fn status(link: Link, device: LinkDevice, settings: &LinkSettings) -> LinkStatusSpec {
    let mut status = LinkStatusSpec {
        index: link.index,
        r#type: LinkType(u32::from(link.link_type)),
        link_index: link.link_index,
        flags: LinkFlags(link.flags),
        hardware_addr: HardwareAddr(link.hardware_address),
        permanent_addr: HardwareAddr(link.permanent_address),
        broadcast_addr: HardwareAddr(link.broadcast_address),
        mtu: link.mtu,
        queue_disc: link.queue_discipline,
        master_index: link.master_index,
        operational_state: OperationalState(u32::from(link.operational_state)),
        kind: link.kind,
        slave_kind: link.port_kind,
        bus_path: device.bus_path,
        pci_id: device.pci_id,
        driver: device.driver,
        product_id: device.product_id,
        vendor_id: device.vendor_id,
        link_state: settings.has_signal.unwrap_or(false),
        speed_megabits: i64::from(settings.speed_megabits.unwrap_or(0)),
        port: Port(u32::from(settings.port.unwrap_or(255))),
        duplex: settings.duplex.map_or(Duplex::UNKNOWN, |duplex| Duplex(u32::from(duplex))),
        ..LinkStatusSpec::default()
    };
    match link.details {
        LinkDetails::Vlan(vlan) => {
            status.vlan.vid = u32::from(vlan.id);
            status.vlan.protocol.0 = u32::from(vlan.protocol);
        }
        LinkDetails::Bridge(bridge) => status.bridge_master.stp.enabled = bridge.has_stp,
        LinkDetails::Bond(_) | LinkDetails::None => {}
    }
    status
}
