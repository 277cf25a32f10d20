//! Rules of a bond: words, and which setting goes with which mode.

use super::at::At;
use crate::v1alpha1::Bond;
use crate::validate::Findings;

/// How a bond uses its links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    RoundRobin,
    ActiveBackup,
    Xor,
    Broadcast,
    Lacp,
    TransmitBalance,
    AdaptiveBalance,
}

const MODES: [(&str, Mode); 7] = [
    ("balance-rr", Mode::RoundRobin),
    ("active-backup", Mode::ActiveBackup),
    ("balance-xor", Mode::Xor),
    ("broadcast", Mode::Broadcast),
    ("802.3ad", Mode::Lacp),
    ("balance-tlb", Mode::TransmitBalance),
    ("balance-alb", Mode::AdaptiveBalance),
];

/// A setting whose value is one of some words. An empty text stands for the first of them.
struct Words {
    key: &'static str,
    /// What the setting is called in errors.
    name: &'static str,
    words: &'static [&'static str],
    value: fn(&Bond) -> &str,
}

const WORDS: &[Words] = &[
    Words {
        key: "xmitHashPolicy",
        name: "xmit hash policy",
        words: &["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4"],
        value: |bond| &bond.xmit_hash_policy,
    },
    Words { key: "lacpRate", name: "lacp rate", words: &["slow", "fast"], value: |bond| &bond.lacp_rate },
    Words {
        key: "arpValidate",
        name: "arp_validate mode",
        words: &["none", "active", "backup", "all"],
        value: |bond| &bond.arp_validate,
    },
    Words {
        key: "arpAllTargets",
        name: "arp_all_targets mode",
        words: &["any", "all"],
        value: |bond| &bond.arp_all_targets,
    },
    Words {
        key: "primaryReselect",
        name: "primary_reselect mode",
        words: &["always", "better", "failure"],
        value: |bond| &bond.primary_reselect,
    },
    Words {
        key: "failOverMac",
        name: "fail_over_mac value",
        words: &["none", "active", "follow"],
        value: |bond| &bond.fail_over_mac,
    },
    Words {
        key: "adSelect",
        name: "ad_select mode",
        words: &["stable", "bandwidth", "count"],
        value: |bond| &bond.ad_select,
    },
];

pub(super) fn check(bond: &Bond, at: At<'_>, out: &mut Findings) {
    let mode = check_mode(&bond.mode, at, out);
    for Words { key, name, words, value } in WORDS {
        let value = value(bond);
        if !value.is_empty() && !words.contains(&value) {
            out.error(at.key(key).path(), format!("invalid {name} {value}"));
        }
    }
    check_delays(bond, at, out);
    check_mode_settings(bond, mode, at, out);
}

/// Gives the mode that the other rules go by; a word that is none counts as the first mode.
fn check_mode(word: &str, at: At<'_>, out: &mut Findings) -> (&'static str, Mode) {
    if word.is_empty() {
        return MODES[0];
    }
    MODES.into_iter().find(|(known, _)| *known == word).unwrap_or_else(|| {
        out.error(at.key("mode").path(), format!("invalid bond type {word}"));
        MODES[0]
    })
}

/// Delays are counted in checks of the links.
fn check_delays(bond: &Bond, at: At<'_>, out: &mut Findings) {
    for (key, name, delay) in [("updelay", "upDelay", bond.updelay), ("downdelay", "downDelay", bond.downdelay)] {
        match delay.checked_rem(bond.miimon) {
            None if delay != 0 => {
                out.error(at.key(key).path(), format!("bond.{name} can't be set if miiMon is zero"));
            }
            None | Some(0) => {}
            Some(_) => out.error(at.key(key).path(), format!("bond.{name} should be a multiple of miiMon")),
        }
    }
}

fn check_mode_settings(bond: &Bond, (word, mode): (&str, Mode), at: At<'_>, out: &mut Findings) {
    let lacp = mode == Mode::Lacp;
    let balances = matches!(mode, Mode::TransmitBalance | Mode::AdaptiveBalance);
    let unsupported = || "not supported".to_owned();
    let only_lacp = || "only available in 802.3ad mode".to_owned();
    let not_in_mode = || format!("not available in {word} mode");
    let mut refuse = |refused: bool, key: &'static str, name: &str, reason: &dyn Fn() -> String| {
        if refused {
            out.error(at.key(key).path(), format!("bond.{name} is {}", reason()));
        }
    };
    let arp_targets = bond.arp_ip_target.as_ref().is_some_and(|targets| !targets.is_empty());
    refuse(arp_targets, "arpIPTarget", "arpIPTarget", &unsupported);
    refuse(!lacp && !bond.lacp_rate.is_empty(), "lacpRate", "lacpRate", &only_lacp);
    refuse(!bond.ad_actor_system.is_empty(), "adActorSystem", "adActorSystem", &unsupported);
    refuse((lacp || balances) && !bond.arp_validate.is_empty(), "arpValidate", "arpValidate", &not_in_mode);
    let has_primary = balances || mode == Mode::ActiveBackup;
    refuse(!has_primary && !bond.primary.is_empty(), "primary", "primary", &not_in_mode);
    refuse((lacp || balances) && bond.arp_interval > 0, "arpInterval", "arpInterval", &not_in_mode);
    let shares_packets = mode == Mode::RoundRobin;
    refuse(!shares_packets && bond.packets_per_slave > 1, "packetsPerSlave", "packetsPerSlave", &not_in_mode);
    // Misspelt in the reference.
    refuse(!balances && bond.tlb_dynamic_lb > 0, "tlbDynamicLb", "tlbDynamicTLB", &not_in_mode);
    refuse(!lacp && bond.ad_actor_sys_prio > 0, "adActorSysPrio", "adActorSysPrio", &only_lacp);
    refuse(!lacp && bond.ad_user_port_key > 0, "adUserPortKey", "adUserPortKey", &only_lacp);
}
