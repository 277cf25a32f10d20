//! Bonds of links, and bridges between them.

use std::str::FromStr;

use talos_api::resources::network::{
    BondMasterSpec, BondMode, BondSlave, BridgeMasterSpec, LinkSpecSpec, LinkType, StpSpec,
};
use talos_config::v1alpha1::{Bond, Bridge};

/// Settings that a bond cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    /// There is no such word.
    #[error("invalid {setting} {word}")]
    Word { setting: &'static str, word: String },
    /// The first link is none of the machine's.
    #[error("route ip+net: no such network interface")]
    NoPrimary,
}

/// Makes a link a bond; what was not set gets the defaults of the kernel. `index` finds the number of a link.
///
/// # Errors
/// [`Error`]. The link is a bond without settings then.
pub(super) fn set_master(
    link: &mut LinkSpecSpec,
    bond: &Bond,
    index: impl Fn(&str) -> Option<u32>,
) -> Result<(), Error> {
    link.logical = true;
    link.kind = "bond".into();
    link.r#type = LinkType::ETHER;
    let primary_index = match bond.primary.as_str() {
        "" => 0,
        primary => index(primary).ok_or(Error::NoPrimary)?,
    };
    let mode = word("bond type", &bond.mode)?;
    let or_one = |number: u32| if number == 0 { 1 } else { number };
    link.bond_master = BondMasterSpec {
        mode,
        hash_policy: word("xmit hash policy", &bond.xmit_hash_policy)?,
        lacp_rate: word("lacp rate", &bond.lacp_rate)?,
        arp_validate: word("arp_validate mode", &bond.arp_validate)?,
        arp_all_targets: word("arp_all_targets mode", &bond.arp_all_targets)?,
        primary_index,
        primary_reselect: word("primary_reselect mode", &bond.primary_reselect)?,
        fail_over_mac: word("fail_over_mac value", &bond.fail_over_mac)?,
        ad_select: word("ad_select mode", &bond.ad_select)?,
        mii_mon: bond.miimon,
        up_delay: bond.updelay,
        down_delay: bond.downdelay,
        arp_interval: bond.arp_interval,
        resend_igmp: or_one(bond.resend_igmp),
        min_links: bond.min_links,
        lp_interval: or_one(bond.lp_interval),
        packets_per_slave: or_one(bond.packets_per_slave),
        num_peer_notif: or_one(bond.num_peer_notif.into()),
        tlb_dynamic_lb: match mode {
            BondMode::ALB | BondMode::TLB => bond.tlb_dynamic_lb.into(),
            _ => 1,
        },
        all_slaves_active: bond.all_slaves_active.into(),
        use_carrier: bond.use_carrier.unwrap_or(true),
        ad_actor_sys_prio: match mode {
            BondMode::IEEE802_3AD => 65535,
            _ => bond.ad_actor_sys_prio.into(),
        },
        ad_user_port_key: bond.ad_user_port_key.into(),
        peer_notify_delay: bond.peer_notify_delay,
    };
    Ok(())
}

/// A word; what is not set is the first of all.
fn word<T: FromStr + Default>(setting: &'static str, word: &str) -> Result<T, Error> {
    match word {
        "" => Ok(T::default()),
        word => word.parse().map_err(|_| Error::Word { setting, word: word.to_owned() }),
    }
}

/// Makes a link part of a bond.
pub(super) fn set_slave(link: &mut LinkSpecSpec, bond: &str, position: usize) {
    let slave_index = i64::try_from(position).unwrap_or(i64::MAX);
    link.bond_slave = BondSlave { master_name: bond.into(), slave_index };
}

/// Makes a link a bridge.
pub(super) fn set_bridge(link: &mut LinkSpecSpec, bridge: &Bridge) {
    link.logical = true;
    link.kind = "bridge".into();
    link.r#type = LinkType::ETHER;
    // A bridge without that section has no spanning tree, one with an empty section has.
    let enabled = bridge.stp.as_ref().is_some_and(|stp| stp.enabled.unwrap_or(true));
    link.bridge_master = BridgeMasterSpec { stp: StpSpec { enabled } };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master(bond: Bond) -> Result<BondMasterSpec, String> {
        let mut link = LinkSpecSpec::default();
        let index = |name: &str| (name == "eth0").then_some(7);
        set_master(&mut link, &bond, index).map(|()| link.bond_master).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_set_is_as_the_kernel_has_it() {
        let expected = BondMasterSpec {
            resend_igmp: 1,
            lp_interval: 1,
            packets_per_slave: 1,
            num_peer_notif: 1,
            tlb_dynamic_lb: 1,
            use_carrier: true,
            ..BondMasterSpec::default()
        };
        assert_eq!(master(Bond::default()), Ok(expected.clone()));
        let found = master(Bond { mode: "802.3ad".into(), primary: "eth0".into(), ..Bond::default() });
        let mode = BondMode::IEEE802_3AD;
        assert_eq!(found, Ok(BondMasterSpec { mode, ad_actor_sys_prio: 65535, primary_index: 7, ..expected.clone() }));
        let found = master(Bond { mode: "balance-tlb".into(), ..Bond::default() });
        assert_eq!(found, Ok(BondMasterSpec { mode: BondMode::TLB, tlb_dynamic_lb: 0, ..expected }));
    }

    #[test]
    fn unknown_words_are_refused() {
        let word = || "x".to_owned();
        for (bond, expected) in [
            (Bond { mode: word(), ..Bond::default() }, "invalid bond type x"),
            (Bond { xmit_hash_policy: word(), ..Bond::default() }, "invalid xmit hash policy x"),
            (Bond { lacp_rate: word(), ..Bond::default() }, "invalid lacp rate x"),
            (Bond { fail_over_mac: word(), ..Bond::default() }, "invalid fail_over_mac value x"),
            (Bond { primary: word(), ..Bond::default() }, "route ip+net: no such network interface"),
        ] {
            assert_eq!(master(bond).unwrap_err(), expected);
        }
    }
}
