//! Links, and the devices behind them.

use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{
    BondAllPortActive, InfoBond, InfoBridge, InfoData, InfoVlan, LinkAttribute, LinkInfo, LinkMessage,
};

use crate::sys::root::Root;

/// A link, also called interface. Numbers and flags are the kernel's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Number, from 1.
    pub index: u32,
    /// Name.
    pub name: String,
    /// `ARPHRD_*`: 1 ether, 772 loopback, 65534 none.
    pub link_type: u16,
    /// Number of the link below (of a VLAN, of a tunnel) or of the peer; 0 if none.
    pub link_index: u32,
    /// `IFF_*`.
    pub flags: u32,
    /// Address of the link layer; empty if it has none.
    pub hardware_address: Vec<u8>,
    /// The one it was made with; empty if it has none.
    pub permanent_address: Vec<u8>,
    /// The one that reaches all.
    pub broadcast_address: Vec<u8>,
    /// Largest packet, in bytes.
    pub mtu: u32,
    /// Name of the queueing discipline.
    pub queue_discipline: String,
    /// Number of the bridge or bond it belongs to; 0 if none.
    pub master_index: u32,
    /// `IF_OPER_*`: 0 unknown, 2 down, 6 up.
    pub operational_state: u8,
    /// Whether a signal is there.
    pub has_carrier: bool,
    /// Kind of a link that software makes (`bridge`, `veth`); empty for devices.
    pub kind: String,
    /// Kind of its master; empty if it has none.
    pub port_kind: String,
    /// What is special about its kind.
    pub details: LinkDetails,
}

/// What is special about a kind of link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LinkDetails {
    /// Nothing that anybody asks for.
    #[default]
    None,
    /// A VLAN.
    Vlan(Vlan),
    /// A bridge.
    Bridge(Bridge),
    /// A bond.
    Bond(Box<Bond>),
}

/// A VLAN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vlan {
    /// Number of the VLAN.
    pub id: u16,
    /// Protocol: 0x8100 or 0x88a8.
    pub protocol: u16,
}

/// A bridge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    /// Whether it speaks the spanning tree protocol.
    pub has_stp: bool,
}

/// A bond. Words are the kernel's numbers, times milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "names and meanings are those of the kernel's driver")]
pub struct Bond {
    pub mode: u8,
    pub xmit_hash_policy: u8,
    pub lacp_rate: u8,
    pub arp_validate: u32,
    pub arp_all_targets: u32,
    pub primary_index: u32,
    pub primary_reselect: u8,
    pub fail_over_mac: u8,
    pub ad_select: u8,
    pub mii_mon: u32,
    pub up_delay: u32,
    pub down_delay: u32,
    pub arp_interval: u32,
    pub resend_igmp: u32,
    pub min_links: u32,
    pub lp_interval: u32,
    pub packets_per_port: u32,
    pub num_peer_notif: u8,
    pub tlb_dynamic_lb: bool,
    pub all_ports_active: u8,
    pub use_carrier: bool,
    pub ad_actor_sys_prio: u16,
    pub ad_user_port_key: u16,
    pub peer_notif_delay: u32,
}

/// The device behind a link, as far as the kernel describes it. Texts are empty when it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkDevice {
    /// Place on the bus: `0000:00:02.0`.
    pub bus_path: String,
    /// Vendor and product: `8086:100e`.
    pub pci_id: String,
    /// Name of the driver.
    pub driver: String,
    /// Number of the vendor: `0x8086`.
    pub vendor_id: String,
    /// Number of the product: `0x100e`.
    pub product_id: String,
}

/// Asks for all links.
pub(super) fn request() -> RouteNetlinkMessage {
    RouteNetlinkMessage::GetLink(LinkMessage::default())
}

impl Link {
    pub(super) fn read(message: LinkMessage) -> Self {
        let mut link = Self {
            index: message.header.index,
            link_type: message.header.link_layer_type.into(),
            flags: message.header.flags.bits(),
            ..Self::default()
        };
        for attribute in message.attributes {
            match attribute {
                LinkAttribute::IfName(name) => link.name = name,
                LinkAttribute::Link(index) => link.link_index = index,
                LinkAttribute::Address(address) => link.hardware_address = address,
                LinkAttribute::PermAddress(address) => link.permanent_address = address,
                LinkAttribute::Broadcast(address) => link.broadcast_address = address,
                LinkAttribute::Mtu(mtu) => link.mtu = mtu,
                LinkAttribute::Qdisc(name) => link.queue_discipline = name,
                LinkAttribute::Controller(index) => link.master_index = index,
                LinkAttribute::OperState(state) => link.operational_state = state.into(),
                LinkAttribute::Carrier(carrier) => link.has_carrier = carrier != 0,
                LinkAttribute::LinkInfo(infos) => infos.into_iter().for_each(|info| link.describe(info)),
                _ => {}
            }
        }
        link
    }

    fn describe(&mut self, info: LinkInfo) {
        match info {
            LinkInfo::Kind(kind) => self.kind = kind.to_string(),
            LinkInfo::PortKind(kind) => self.port_kind = kind.to_string(),
            LinkInfo::Data(InfoData::Vlan(infos)) => {
                let mut vlan = Vlan::default();
                for info in infos {
                    match info {
                        InfoVlan::Id(id) => vlan.id = id,
                        InfoVlan::Protocol(protocol) => vlan.protocol = protocol.into(),
                        _ => {}
                    }
                }
                self.details = LinkDetails::Vlan(vlan);
            }
            LinkInfo::Data(InfoData::Bridge(infos)) => {
                let has_stp = |info| matches!(info, InfoBridge::StpState(state) if u32::from(state) != 0);
                self.details = LinkDetails::Bridge(Bridge { has_stp: infos.into_iter().any(has_stp) });
            }
            LinkInfo::Data(InfoData::Bond(infos)) => self.details = LinkDetails::Bond(Box::new(Bond::read(infos))),
            _ => {}
        }
    }
}

impl Bond {
    fn read(infos: Vec<InfoBond>) -> Self {
        let mut bond = Self::default();
        for info in infos {
            match info {
                InfoBond::Mode(value) => bond.mode = value.into(),
                InfoBond::XmitHashPolicy(value) => bond.xmit_hash_policy = value.into(),
                InfoBond::AdLacpRate(value) => bond.lacp_rate = value.into(),
                InfoBond::ArpValidate(value) => bond.arp_validate = value.into(),
                InfoBond::ArpAllTargets(value) => bond.arp_all_targets = value.into(),
                InfoBond::Primary(value) => bond.primary_index = value,
                InfoBond::PrimaryReselect(value) => bond.primary_reselect = value.into(),
                InfoBond::FailOverMac(value) => bond.fail_over_mac = value.into(),
                InfoBond::AdSelect(value) => bond.ad_select = value.into(),
                InfoBond::MiiMon(value) => bond.mii_mon = value,
                InfoBond::UpDelay(value) => bond.up_delay = value,
                InfoBond::DownDelay(value) => bond.down_delay = value,
                InfoBond::ArpInterval(value) => bond.arp_interval = value,
                InfoBond::ResendIgmp(value) => bond.resend_igmp = value,
                InfoBond::MinLinks(value) => bond.min_links = value,
                InfoBond::LpInterval(value) => bond.lp_interval = value,
                InfoBond::PacketsPerPort(value) => bond.packets_per_port = value,
                InfoBond::NumPeerNotif(value) => bond.num_peer_notif = value,
                InfoBond::TlbDynamicLb(value) => bond.tlb_dynamic_lb = value,
                InfoBond::AllPortsActive(value) => bond.all_ports_active = BondAllPortActive::into(value),
                InfoBond::UseCarrier(value) => bond.use_carrier = value,
                InfoBond::AdActorSysPrio(value) => bond.ad_actor_sys_prio = value,
                InfoBond::AdUserPortKey(value) => bond.ad_user_port_key = value,
                InfoBond::PeerNotifDelay(value) => bond.peer_notif_delay = value,
                _ => {}
            }
        }
        bond
    }
}

/// What `/sys/class/net` says about a link's device.
pub(crate) fn device(root: &Root, link: &str) -> LinkDevice {
    let folder = format!("/sys/class/net/{link}");
    let word = |name: &str| root.word(&format!("{folder}/{name}"));
    let mut device = LinkDevice::default();
    for line in word("device/uevent").unwrap_or_default().lines() {
        match line.split_once('=') {
            Some(("DRIVER", value)) => device.driver = value.to_owned(),
            Some(("PCI_ID", value)) => device.pci_id = value.to_owned(),
            Some(("PCI_SLOT_NAME", value)) => device.bus_path = value.to_owned(),
            _ => {}
        }
    }
    if !device.bus_path.is_empty() {
        let word = |name: &str| root.word(&format!("/sys/bus/pci/devices/{}/{name}", device.bus_path));
        device.vendor_id = word("vendor").unwrap_or_default();
        device.product_id = word("device").unwrap_or_default();
    }
    device
}
