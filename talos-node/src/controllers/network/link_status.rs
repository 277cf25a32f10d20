use std::sync::Arc;

use talos_api::resources::HardwareAddr;
use talos_api::resources::network::{
    AdSelect, ArpAllTargets, ArpValidate, BondMasterSpec, BondMode, BondXmitHashPolicy, Duplex, FailOverMac, LacpRate,
    LinkFlags, LinkStatusSpec, LinkStatuses, LinkType, OperationalState, Port, PrimaryReselect,
};

use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Output, Outputs, Run};
use crate::machine::Machine;
use crate::sys::netlink::{Bond, Link, LinkDetails, LinkDevice, LinkSettings, Subjects};

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
        LinkDetails::Bond(bond) => status.bond_master = bond_master(&bond),
        LinkDetails::None => {}
    }
    status
}

fn bond_master(bond: &Bond) -> BondMasterSpec {
    BondMasterSpec {
        mode: BondMode(bond.mode.into()),
        hash_policy: BondXmitHashPolicy(bond.xmit_hash_policy.into()),
        lacp_rate: LacpRate(bond.lacp_rate.into()),
        arp_validate: ArpValidate(bond.arp_validate),
        arp_all_targets: ArpAllTargets(bond.arp_all_targets),
        primary_index: bond.primary_index,
        primary_reselect: PrimaryReselect(bond.primary_reselect.into()),
        fail_over_mac: FailOverMac(bond.fail_over_mac.into()),
        ad_select: AdSelect(bond.ad_select.into()),
        mii_mon: bond.mii_mon,
        up_delay: bond.up_delay,
        down_delay: bond.down_delay,
        arp_interval: bond.arp_interval,
        resend_igmp: bond.resend_igmp,
        min_links: bond.min_links,
        lp_interval: bond.lp_interval,
        packets_per_slave: bond.packets_per_port,
        num_peer_notif: bond.num_peer_notif.into(),
        tlb_dynamic_lb: bond.tlb_dynamic_lb.into(),
        all_slaves_active: bond.all_ports_active.into(),
        use_carrier: bond.use_carrier,
        ad_actor_sys_prio: bond.ad_actor_sys_prio.into(),
        ad_user_port_key: bond.ad_user_port_key.into(),
        peer_notify_delay: bond.peer_notif_delay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cosi::Content;

    #[test]
    fn what_is_special_about_a_kind_is_told() {
        let bond = Bond { mode: 4, lacp_rate: 1, mii_mon: 100, tlb_dynamic_lb: true, ..Bond::default() };
        let link =
            Link { link_type: 1, kind: "bond".into(), details: LinkDetails::Bond(Box::new(bond)), ..Link::default() };
        let yaml = status(link, LinkDevice::default(), &LinkSettings::default()).to_yaml();
        let bond = yaml.split_once("bondMaster:\n").unwrap().1;
        let expected = "    mode: 802.3ad\n    xmitHashPolicy: layer2\n    lacpRate: fast\n    arpValidate: none\n    \
                        arpAllTargets: any\n    primaryReselect: always\n    failOverMac: 0\n    miimon: 100\n    \
                        tlbLogicalLb: 1\n";
        assert_eq!(bond, expected);
    }
}
