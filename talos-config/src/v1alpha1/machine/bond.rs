//! Links joined to one.

use talos_config_yaml::Section;

use super::device::NetworkDeviceSelector;

/// Links joined to one, with the options of the kernel's bonding driver.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Bond")]
pub struct Bond {
    /// Names of the links that are joined. Excludes `deviceSelectors`.
    #[field(
        go = "BondInterfaces",
        emit = "always",
        example = "
            - enp2s0
            - enp2s1
        "
    )]
    pub interfaces: Option<Vec<String>>,
    /// Finds the links that are joined by properties of their hardware. Excludes `interfaces`.
    #[field(
        go = "BondDeviceSelectors",
        since = "1.4",
        example = "
            - busPath: 00:*
            - hardwareAddr: '*:f0:ab'
              driver: virtio*
        "
    )]
    pub device_selectors: Option<Vec<NetworkDeviceSelector>>,
    /// Addresses for ARP monitoring. Not supported: must be empty.
    #[field(key = "arpIPTarget", go = "BondARPIPTarget")]
    pub arp_ip_target: Option<Vec<String>>,
    /// How traffic is spread over the links.
    #[field(
        go = "BondMode",
        emit = "always",
        default = "balance-rr",
        values("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"),
        example = "802.3ad"
    )]
    pub mode: String,
    /// Which parts of a packet choose its link, in the modes with a hash.
    #[field(
        go = "BondHashPolicy",
        default = "layer2",
        values("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4"),
        example = "layer3+4"
    )]
    pub xmit_hash_policy: String,
    /// How often LACP packets are asked for, in mode `802.3ad`.
    #[field(go = "BondLACPRate", default = "slow", values("slow", "fast"), example = "fast")]
    pub lacp_rate: String,
    /// MAC address in LACP packets. Not supported: must be empty.
    #[field(go = "BondADActorSystem")]
    pub ad_actor_system: String,
    /// Which ARP packets are checked by ARP monitoring.
    #[field(go = "BondARPValidate", default = "none", values("none", "active", "backup", "all"), example = "all")]
    pub arp_validate: String,
    /// Whether one target or all must answer for a link to count as up.
    #[field(go = "BondARPAllTargets", default = "any", values("any", "all"), example = "all")]
    pub arp_all_targets: String,
    /// Name of the link that is preferred, in the modes with one active link.
    #[field(go = "BondPrimary", example = "enp2s0")]
    pub primary: String,
    /// When the preferred link becomes active again.
    #[field(go = "BondPrimaryReselect", default = "always", values("always", "better", "failure"), example = "better")]
    pub primary_reselect: String,
    /// Whether all links have one MAC address, in mode `active-backup`.
    #[field(go = "BondFailOverMac", default = "none", values("none", "active", "follow"), example = "active")]
    pub fail_over_mac: String,
    /// How one of several aggregates is chosen, in mode `802.3ad`.
    #[field(go = "BondADSelect", default = "stable", values("stable", "bandwidth", "count"), example = "bandwidth")]
    pub ad_select: String,
    /// Milliseconds between two looks at the state of the links; 0 is never.
    #[field(go = "BondMIIMon", default = "0", example = "100")]
    pub miimon: u32,
    /// Milliseconds before a link that is up again is used: a multiple of `miimon`.
    #[field(go = "BondUpDelay", default = "0", example = "200")]
    pub updelay: u32,
    /// Milliseconds before a link that went down is given up: a multiple of `miimon`.
    #[field(go = "BondDownDelay", default = "0", example = "200")]
    pub downdelay: u32,
    /// Milliseconds between two rounds of ARP monitoring; 0 is never.
    #[field(go = "BondARPInterval", default = "0", example = "1000")]
    pub arp_interval: u32,
    /// Number of IGMP reports sent after a change of the active link.
    #[field(go = "BondResendIGMP", default = "1", example = "1")]
    pub resend_igmp: u32,
    /// Number of links that must be up for the bond to be up.
    #[field(go = "BondMinLinks", default = "0", example = "1")]
    pub min_links: u32,
    /// Seconds between two learning packets to the switches.
    #[field(go = "BondLPInterval", default = "1", example = "1")]
    pub lp_interval: u32,
    /// Packets sent over one link before the next has its turn, in mode `balance-rr`; 0 is random.
    #[field(go = "BondPacketsPerSlave", default = "1", example = "1")]
    pub packets_per_slave: u32,
    /// Number of announcements sent after a change of the active link.
    #[field(go = "BondNumPeerNotif", default = "1", example = "1")]
    pub num_peer_notif: u8,
    /// Whether flows are moved by load, in the modes `balance-tlb` and `balance-alb`.
    #[field(go = "BondTLBDynamicLB", example = "1")]
    pub tlb_dynamic_lb: u8,
    /// 1 takes packets that come in over links that are not active, 0 drops them.
    #[field(go = "BondAllSlavesActive", default = "0", example = "1")]
    pub all_slaves_active: u8,
    /// Learn the state of a link from its driver's carrier flag, not from MII registers.
    #[field(go = "BondUseCarrier", default = "true", example = "true")]
    pub use_carrier: Option<bool>,
    /// Priority of the system in LACP packets, in mode `802.3ad`.
    #[field(go = "BondADActorSysPrio", default = "65535", example = "65535")]
    pub ad_actor_sys_prio: u16,
    /// Upper part of the port key in LACP packets, in mode `802.3ad`.
    #[field(go = "BondADUserPortKey", default = "0", example = "0")]
    pub ad_user_port_key: u16,
    /// Milliseconds between two announcements; 0 takes the interval of monitoring.
    #[field(go = "BondPeerNotifyDelay", default = "0", example = "0")]
    pub peer_notify_delay: u32,
}
