//! What the command line of the kernel says about the network.
//!
//! | Word | Says |
//! |---|---|
//! | `ip=` | address, router, link, name, name servers, time server: [`ip`] |
//! | `bond=` | a bond of links: [`bond`] |
//! | `vlan=` | a VLAN on top of a link: [`vlan`] |
//! | `talos.hostname=` | name of the machine |
//! | `talos.network.interface.ignore=` | a link that is left alone |
//!
//! Source: `internal/app/machined/pkg/controllers/network/cmdline.go` (1.5).

mod bond;
mod ip;
mod vlan;

use std::num::IntErrorKind;

use talos_api::resources::network::LinkSpecSpec;
use talos_api::resources::{Ip, IpPrefix};

use crate::command_line::CommandLine;
use crate::console::Value;
use crate::machine::Machine;
use crate::networks::NotAnAddress;
use crate::sys::netlink::Link;

/// What the command line says about the network.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct NetworkSettings {
    /// What `ip=` says about links, one for each.
    pub(super) links: Vec<LinkSettings>,
    /// Name of the machine, with its domain; empty if it does not say.
    pub(super) hostname: String,
    /// Name servers.
    pub(super) dns_servers: Vec<Ip>,
    /// Time servers.
    pub(super) time_servers: Vec<Ip>,
    /// Links that are left alone.
    pub(super) ignored: Vec<String>,
    /// Links that it speaks of, as they should be. None, if any of it cannot be understood.
    pub(super) link_specs: Vec<LinkSpecSpec>,
}

/// What `ip=` says about a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LinkSettings {
    /// Name of the link.
    pub(super) name: String,
    /// Its network, with the own address; none if it does not say.
    pub(super) address: IpPrefix,
    /// The router; none if it does not say.
    pub(super) gateway: Ip,
    /// Whether DHCP is asked.
    pub(super) has_dhcp: bool,
}

/// A command line that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("cmdline {field} parse failure: {source}")]
    Address { field: &'static str, source: NotAnAddress },
    #[error("cmdline netmask parse failure: {length} bits are not in the address {address}")]
    Netmask { length: i64, address: Ip },
    #[error("cmdline device parse failure: interface by MAC not found {name}")]
    NoSuchMac { name: String },
    #[error("error parsing DNS IP: {source}")]
    Server { source: NotAnAddress },
    #[error("unknown bond option: {option}")]
    BondOption { option: String },
    #[error("bond option {option} has no value")]
    NoBondValue { option: String },
    #[error("error parsing bond option {option}: {source}")]
    BondNumber { option: String, source: NotANumber },
    #[error("error parsing bond MTU: {source}")]
    BondMtu { source: NotANumber },
    #[error("error setting bond master: {source}")]
    Bond { source: super::bond::Error },
    #[error("malformed vlan commandline argument: {argument}")]
    Vlan { argument: String },
    #[error("unable to parse vlan")]
    VlanId,
}

/// Text that is no whole number, in the words of the reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("strconv.Atoi: parsing {text:?}: {problem}")]
pub(super) struct NotANumber {
    text: String,
    problem: &'static str,
}

fn number(text: &str) -> Result<i64, NotANumber> {
    text.parse().map_err(|error: std::num::ParseIntError| {
        let problem = match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        NotANumber { text: text.to_owned(), problem }
    })
}

/// What the command line of a machine says, and what is wrong with it: what stands before the fault counts for some.
pub(super) fn read(machine: &Machine) -> (NetworkSettings, Result<(), Error>) {
    let line = CommandLine::parse(&machine.settings.command_line);
    if line == CommandLine::default() {
        return (NetworkSettings::default(), Ok(()));
    }
    // Links are looked up by address and by name. A machine whose links cannot be told is one without.
    let links = machine.host.links().unwrap_or_default();
    parse(&line, &links)
}

/// What the command line of a machine says, or nothing if any of it cannot be understood; the console is told `text` then.
pub(super) fn read_whole(machine: &Machine, controller: &str, text: &str) -> NetworkSettings {
    match read(machine) {
        (settings, Ok(())) => settings,
        (_, Err(error)) => {
            tell(machine, controller, text, &error);
            NetworkSettings::default()
        }
    }
}

/// Tells the console what is wrong with the command line.
pub(super) fn tell(machine: &Machine, controller: &str, text: &str, error: &dyn std::error::Error) {
    machine.console.controller(controller, text, &[("error", Value::Text(&error.to_string()))]);
}

fn parse(line: &CommandLine<'_>, links: &[Link]) -> (NetworkSettings, Result<(), Error>) {
    let mut settings = NetworkSettings {
        hostname: line.first("talos.hostname").unwrap_or_default().to_owned(),
        ignored: line.all("talos.network.interface.ignore").map(str::to_owned).collect(),
        ..NetworkSettings::default()
    };
    let mut specs = Vec::new();
    let mut follow = || -> Result<(), Error> {
        for text in line.all("ip") {
            ip::follow(text, links, &mut settings, &mut specs)?;
        }
        if let Some(text) = line.first("bond") {
            bond::follow(text, links, &mut specs)?;
        }
        if let Some(text) = line.first("vlan") {
            vlan::follow(text, &mut specs)?;
        }
        Ok(())
    };
    let outcome = follow();
    if outcome.is_ok() {
        settings.link_specs = specs;
    }
    (settings, outcome)
}

#[cfg(test)]
mod tests {
    use talos_api::resources::network::{
        BondMasterSpec, BondMode, BondSlave, BondXmitHashPolicy, ConfigLayer, LinkType, VlanProtocol, VlanSpec,
    };

    use super::*;

    fn links() -> Vec<Link> {
        let link = |name: &str, index, link_type, hardware_address: &[u8]| Link {
            name: name.into(),
            index,
            link_type,
            flags: if name == "lo" { 0x9 } else { 0x1 },
            hardware_address: hardware_address.to_vec(),
            ..Link::default()
        };
        vec![
            link("lo", 1, 772, &[0; 6]),
            link("eth9", 2, 1, &[0, 0x11, 0x22, 0xaa, 0xbb, 0xcd]),
            link("eth8", 3, 1, &[1; 6]),
        ]
    }

    fn read(line: &str) -> (NetworkSettings, Result<(), String>) {
        let (settings, outcome) = parse(&CommandLine::parse(line), &links());
        (settings, outcome.map_err(|error| error.to_string()))
    }

    fn up(name: &str) -> LinkSpecSpec {
        LinkSpecSpec { name: name.into(), up: true, config_layer: ConfigLayer::CMDLINE, ..LinkSpecSpec::default() }
    }

    fn ips(texts: &[&str]) -> Vec<Ip> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// Link, address, router, DHCP; name; name servers; time servers.
    type Row<'r> = (&'r str, &'r [(&'r str, &'r str, &'r str, bool)], &'r str, &'r [&'r str], &'r [&'r str]);

    #[test]
    fn ip_is_about_a_link() {
        let rows: &[Row<'_>] = &[
            ("", &[], "", &[], &[]),
            ("ip=dhcp", &[], "", &[], &[]),
            (
                "ip=172.20.0.2::172.20.0.1:255.255.255.0::eth1:off:1.1.1.1::10.0.0.1",
                &[("eth1", "172.20.0.2/24", "172.20.0.1", false)],
                "",
                &["1.1.1.1"],
                &["10.0.0.1"],
            ),
            ("ip=172.20.0.2::172.20.0.1", &[("eth8", "172.20.0.2/32", "172.20.0.1", false)], "", &[], &[]),
            ("ip=10.0.0.2:::8::enx001122AABBCD", &[("eth9", "10.0.0.2/8", "", false)], "", &[], &[]),
            (
                "ip=172.20.0.2:172.21.0.1:172.20.0.1:255.255.255.0:master1:eth1::10.0.0.1:10.0.0.2:10.0.0.3:x",
                &[("eth1", "172.20.0.2/24", "172.20.0.1", false)],
                "master1",
                &["10.0.0.1", "10.0.0.2"],
                &["10.0.0.3"],
            ),
            (
                "ip=[2001:db8::a]:[2001:db8::b]:[fe80::1]::master1:eth1::[2001:4860:4860::6464]:[::1]:[2001:4860:4806::]",
                &[("eth1", "2001:db8::a/128", "fe80::1", false)],
                "master1",
                &["2001:4860:4860::6464", "::1"],
                &["2001:4860:4806::"],
            ),
            (
                "ip=[2a03:1:2::12]::[2a03:1:2::11]:[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff8]:m:eth0:off",
                &[("eth0", "2a03:1:2::12/125", "2a03:1:2::11", false)],
                "m",
                &[],
                &[],
            ),
            ("ip=::::a:eth1 talos.hostname=b", &[("eth1", "", "", false)], "b", &[], &[]),
            ("talos.hostname=b", &[], "b", &[], &[]),
            ("ip=eth3:dhcp ip=:::::eth4:dhcp::::", &[("eth3", "", "", true), ("eth4", "", "", true)], "", &[], &[]),
            // A mask that has holes says nothing, as does one without an address.
            ("ip=10.0.0.1:::255.0.255.0::a", &[("a", "10.0.0.1/0", "", false)], "", &[], &[]),
            ("ip=:::255.0.0.0::a", &[("a", "", "", false)], "", &[], &[]),
        ];
        for (line, links, hostname, dns_servers, time_servers) in rows {
            let link = |(name, address, gateway, has_dhcp): &(&str, &str, &str, bool)| LinkSettings {
                name: (*name).into(),
                address: address.parse().unwrap_or_default(),
                gateway: gateway.parse().unwrap_or_default(),
                has_dhcp: *has_dhcp,
            };
            let expected = NetworkSettings {
                links: links.iter().map(link).collect(),
                hostname: (*hostname).into(),
                dns_servers: ips(dns_servers),
                time_servers: ips(time_servers),
                ignored: Vec::new(),
                link_specs: links.iter().map(|(name, ..)| up(name)).collect(),
            };
            assert_eq!(read(line), (expected, Ok(())), "{line}");
        }
    }

    fn master(name: &str, settings: BondMasterSpec, mtu: u32) -> LinkSpecSpec {
        let bond_master = BondMasterSpec {
            resend_igmp: 1,
            lp_interval: 1,
            packets_per_slave: 1,
            num_peer_notif: 1,
            tlb_dynamic_lb: 1,
            use_carrier: true,
            ..settings
        };
        let (kind, r#type) = ("bond".into(), LinkType::ETHER);
        LinkSpecSpec { logical: true, kind, r#type, mtu, bond_master, ..up(name) }
    }

    fn slave(name: &str, bond: &str, slave_index: i64) -> LinkSpecSpec {
        LinkSpecSpec { bond_slave: BondSlave { master_name: bond.into(), slave_index }, ..up(name) }
    }

    fn tagged(name: &str, parent: &str, vid: u32) -> LinkSpecSpec {
        LinkSpecSpec {
            logical: true,
            kind: "vlan".into(),
            r#type: LinkType::ETHER,
            parent_name: parent.into(),
            vlan: VlanSpec { vid, protocol: VlanProtocol::IEEE802_1Q },
            ..up(name)
        }
    }

    #[test]
    fn links_are_bonded_and_tagged() {
        let standard =
            [master("bond0", BondMasterSpec::default(), 0), slave("eth0", "bond0", 0), slave("eth1", "bond0", 1)];
        let aggregated = BondMasterSpec {
            mode: BondMode::IEEE802_3AD,
            hash_policy: BondXmitHashPolicy::LAYER23,
            ad_actor_sys_prio: 65535,
            mii_mon: 100,
            ..BondMasterSpec::default()
        };
        for (line, expected) in [
            ("bond=bond0", &standard[..]),
            ("bond=bond0::: bond=other", &standard),
            (
                "bond=bond1:eth3,eth4:mode=802.3ad,xmit_hash_policy=layer2+3,miimon=100,arp_ip_target=1.1.1.1;2.2.2.2:1450",
                &[master("bond1", aggregated, 1450), slave("eth3", "bond1", 0), slave("eth4", "bond1", 1)],
            ),
            ("vlan=eth1.169:eth1 ip=10.0.0.2:::8::eth1.169", &[tagged("eth1.169", "eth1", 169)]),
            ("vlan=x.5:eth1", &[tagged("eth1.5", "eth1", 5)]),
            ("vlan=x.5:enp131s0f1np1", &[tagged("enp1e0cbe5.5", "enp131s0f1np1", 5)]),
        ] {
            let (settings, outcome) = read(line);
            assert_eq!((settings.link_specs.as_slice(), outcome), (expected, Ok(())), "{line}");
        }
    }

    #[test]
    fn every_line_is_understood_or_refused() {
        let line = "ip=[::1]:é:[fe80::1]:255.0.0.0:m:enx01:dhcp:1.1.1.1:[::2]:3.3.3.3 bond=b:a,,c:mode=1,miimon=-1:9 vlan=é.5:éééééé";
        let characters: Vec<char> = line.chars().collect();
        for start in 0..characters.len() {
            for replacement in [":", "[", "]", "=", ".", ",", "%", "9", "é", ""] {
                let head: String = characters[..start].iter().collect();
                let tail: String = characters[start + 1..].iter().collect();
                for changed in [format!("{head}{replacement}{tail}"), format!("{head}{replacement}")] {
                    let (settings, outcome) = read(&changed);
                    assert!(outcome.is_ok() || settings.link_specs.is_empty(), "{changed}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_understood_is_said_in_the_known_words() {
        for (line, expected) in [
            ("ip=xyz:", "cmdline address parse failure: ParseAddr(\"xyz\"): unable to parse IP"),
            ("ip=10.0.0.1::1.2", "cmdline gateway parse failure: ParseAddr(\"1.2\"): IPv4 address too short"),
            ("ip=10.0.0.1:::x", "cmdline netmask parse failure: ParseAddr(\"x\"): unable to parse IP"),
            ("ip=10.0.0.1:::33", "cmdline netmask parse failure: 33 bits are not in the address 10.0.0.1"),
            ("ip=10.0.0.1:::-1", "cmdline netmask parse failure: -1 bits are not in the address 10.0.0.1"),
            ("ip=:::::::x", "error parsing DNS IP: ParseAddr(\"x\"): unable to parse IP"),
            ("ip=:::::::::x", "error parsing DNS IP: ParseAddr(\"x\"): unable to parse IP"),
            ("ip=enx001122aabbcc:dhcp", "cmdline device parse failure: interface by MAC not found enx001122aabbcc"),
            ("bond=a:b:mod=balance-rr", "unknown bond option: mod"),
            ("bond=a:b:mode", "bond option mode has no value"),
            ("bond=a:b:miimon=x", "error parsing bond option miimon: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("bond=a:b:mode=x", "error setting bond master: invalid bond type x"),
            ("bond=a:b:primary=x", "error setting bond master: route ip+net: no such network interface"),
            ("bond=a:b::x", "error parsing bond MTU: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("vlan=eth0", "malformed vlan commandline argument: eth0"),
            ("vlan=eth0:eth0", "malformed vlan commandline argument: eth0:eth0"),
            ("vlan=eth0.:eth0", "unable to parse vlan"),
        ] {
            let (settings, outcome) = read(&format!("talos.network.interface.ignore=a {line}"));
            assert_eq!((outcome.unwrap_err().as_str(), settings.link_specs.len()), (expected, 0), "{line}");
            assert_eq!(settings.ignored, ["a"], "what needs no understanding counts");
        }
    }
}
