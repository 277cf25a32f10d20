//! `bond=`: name, links, options, size of the largest packet, between colons. Without links it is made of two.

use talos_api::resources::network::{ConfigLayer, LinkSpecSpec};
use talos_config::v1alpha1::Bond;

use super::super::bond::{set_master, set_slave};
use super::{Error, number};
use crate::sys::netlink::Link;

/// The links of a bond that names none.
const LINKS: [&str; 2] = ["eth0", "eth1"];

/// Where the word of an option goes.
type Word = fn(&mut Bond) -> &mut String;

/// Where the number of an option goes.
type Number = fn(&mut Bond, i64);

/// Options that are words.
const WORDS: &[(&str, Word)] = &[
    ("mode", |bond| &mut bond.mode),
    ("xmit_hash_policy", |bond| &mut bond.xmit_hash_policy),
    ("lacp_rate", |bond| &mut bond.lacp_rate),
    ("arp_validate", |bond| &mut bond.arp_validate),
    ("arp_all_targets", |bond| &mut bond.arp_all_targets),
    ("primary", |bond| &mut bond.primary),
    ("primary_reselect", |bond| &mut bond.primary_reselect),
    ("fail_over_mac", |bond| &mut bond.fail_over_mac),
    ("ad_select", |bond| &mut bond.ad_select),
];

/// Options that are numbers; of larger ones the lowest bits count.
const NUMBERS: &[(&str, Number)] = &[
    ("miimon", |bond, number| bond.miimon = number as u32),
    ("updelay", |bond, number| bond.updelay = number as u32),
    ("downdelay", |bond, number| bond.downdelay = number as u32),
    ("arp_interval", |bond, number| bond.arp_interval = number as u32),
    ("resend_igmp", |bond, number| bond.resend_igmp = number as u32),
    ("min_links", |bond, number| bond.min_links = number as u32),
    ("lp_interval", |bond, number| bond.lp_interval = number as u32),
    ("packets_per_slave", |bond, number| bond.packets_per_slave = number as u32),
    ("num_grat_arp", |bond, number| bond.num_peer_notif = number as u8),
    ("num_unsol_na", |bond, number| bond.num_peer_notif = number as u8),
    ("all_slaves_active", |bond, number| bond.all_slaves_active = number as u8),
    // That is the default, and there is no way to turn it off.
    ("use_carrier", |bond, number| bond.use_carrier = (number == 1).then_some(true)),
];

/// Does as `bond=` says.
pub(super) fn follow(text: &str, links: &[Link], specs: &mut Vec<LinkSpecSpec>) -> Result<(), Error> {
    let mut fields = text.split(':');
    let mut next = || fields.next().unwrap_or_default();
    let (name, slaves, options, mtu) = (next(), next(), next(), next());
    let slaves: Vec<&str> = if slaves.is_empty() { LINKS.to_vec() } else { slaves.split(',').collect() };
    let bond = if options.is_empty() { Bond::default() } else { read_options(options)? };
    let mtu = if mtu.is_empty() { 0 } else { number(mtu).map_err(|source| Error::BondMtu { source })? };
    let up = |name: &str| LinkSpecSpec {
        name: name.into(),
        up: true,
        config_layer: ConfigLayer::CMDLINE,
        ..LinkSpecSpec::default()
    };
    let mut master = LinkSpecSpec { mtu: mtu as u32, ..up(name) };
    let index = |name: &str| links.iter().find(|link| link.name == name).map(|link| link.index);
    set_master(&mut master, &bond, index).map_err(|source| Error::Bond { source })?;
    specs.push(master);
    for (position, slave) in slaves.into_iter().enumerate() {
        let mut slave = up(slave);
        set_slave(&mut slave, name, position);
        specs.push(slave);
    }
    Ok(())
}

fn read_options(text: &str) -> Result<Bond, Error> {
    let mut bond = Bond::default();
    for option in text.split(',') {
        let mut parts = option.split('=');
        let (option, value) = (parts.next().unwrap_or_default(), parts.next());
        let value = || value.ok_or_else(|| Error::NoBondValue { option: option.to_owned() });
        if option == "arp_ip_target" {
            bond.arp_ip_target = Some(value()?.split(';').map(str::to_owned).collect());
        } else if let Some((_, word)) = WORDS.iter().find(|(name, _)| *name == option) {
            value()?.clone_into(word(&mut bond));
        } else if let Some((_, set)) = NUMBERS.iter().find(|(name, _)| *name == option) {
            let number = number(value()?);
            set(&mut bond, number.map_err(|source| Error::BondNumber { option: option.to_owned(), source })?);
        } else {
            return Err(Error::BondOption { option: option.to_owned() });
        }
    }
    Ok(bond)
}
