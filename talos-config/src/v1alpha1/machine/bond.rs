//! Links joined to one.

use talos_config_yaml::Section;

use super::device::NetworkDeviceSelector;

/// `Bond`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Bond")]
pub struct Bond {
    /// `interfaces`.
    #[field(go = "BondInterfaces", emit = "always")]
    pub interfaces: Option<Vec<String>>,
    /// `deviceSelectors`.
    #[field(go = "BondDeviceSelectors", since = "1.4")]
    pub device_selectors: Option<Vec<NetworkDeviceSelector>>,
    /// `arpIPTarget`.
    #[field(key = "arpIPTarget", go = "BondARPIPTarget")]
    pub arp_ip_target: Option<Vec<String>>,
    /// `mode`.
    #[field(go = "BondMode", emit = "always")]
    pub mode: String,
    /// `xmitHashPolicy`.
    #[field(go = "BondHashPolicy")]
    pub xmit_hash_policy: String,
    /// `lacpRate`.
    #[field(go = "BondLACPRate")]
    pub lacp_rate: String,
    /// `adActorSystem`.
    #[field(go = "BondADActorSystem")]
    pub ad_actor_system: String,
    /// `arpValidate`.
    #[field(go = "BondARPValidate")]
    pub arp_validate: String,
    /// `arpAllTargets`.
    #[field(go = "BondARPAllTargets")]
    pub arp_all_targets: String,
    /// `primary`.
    #[field(go = "BondPrimary")]
    pub primary: String,
    /// `primaryReselect`.
    #[field(go = "BondPrimaryReselect")]
    pub primary_reselect: String,
    /// `failOverMac`.
    #[field(go = "BondFailOverMac")]
    pub fail_over_mac: String,
    /// `adSelect`.
    #[field(go = "BondADSelect")]
    pub ad_select: String,
    /// `miimon`.
    #[field(go = "BondMIIMon")]
    pub miimon: u32,
    /// `updelay`.
    #[field(go = "BondUpDelay")]
    pub updelay: u32,
    /// `downdelay`.
    #[field(go = "BondDownDelay")]
    pub downdelay: u32,
    /// `arpInterval`.
    #[field(go = "BondARPInterval")]
    pub arp_interval: u32,
    /// `resendIgmp`.
    #[field(go = "BondResendIGMP")]
    pub resend_igmp: u32,
    /// `minLinks`.
    #[field(go = "BondMinLinks")]
    pub min_links: u32,
    /// `lpInterval`.
    #[field(go = "BondLPInterval")]
    pub lp_interval: u32,
    /// `packetsPerSlave`.
    #[field(go = "BondPacketsPerSlave")]
    pub packets_per_slave: u32,
    /// `numPeerNotif`.
    #[field(go = "BondNumPeerNotif")]
    pub num_peer_notif: u8,
    /// `tlbDynamicLb`.
    #[field(go = "BondTLBDynamicLB")]
    pub tlb_dynamic_lb: u8,
    /// `allSlavesActive`.
    #[field(go = "BondAllSlavesActive")]
    pub all_slaves_active: u8,
    /// `useCarrier`.
    #[field(go = "BondUseCarrier")]
    pub use_carrier: Option<bool>,
    /// `adActorSysPrio`.
    #[field(go = "BondADActorSysPrio")]
    pub ad_actor_sys_prio: u16,
    /// `adUserPortKey`.
    #[field(go = "BondADUserPortKey")]
    pub ad_user_port_key: u16,
    /// `peerNotifyDelay`.
    #[field(go = "BondPeerNotifyDelay")]
    pub peer_notify_delay: u32,
}
