use std::fmt::Write;

use talos_api::resources::ByteList;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::files::{EtcFileSpecSpec, EtcFileSpecs};
use talos_api::resources::network::{
    HostnameStatusSpec, HostnameStatuses, NodeAddressSpec, NodeAddresses, ResolverStatusSpec, ResolverStatuses,
};
use talos_config::v1alpha1::{ExtraHost, NetworkConfig};

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::fqdn;
use crate::machine_config::MachineConfig;

/// Writes down who has which name, and who is asked for names.
#[derive(Debug)]
pub struct EtcFileController;

controller! {
    EtcFileController = "network.EtcFileController" {
        inputs: [
            Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE),
            Input::weak::<HostnameStatuses>().only("hostname"),
            Input::weak::<ResolverStatuses>().only("resolvers"),
            Input::weak::<NodeAddresses>().only("default"),
        ],
        outputs: [Output::shared::<EtcFileSpecs>()],
    }
}

/// Permission bits of both files.
const MODE: u32 = 0o644;

/// The C library asks no more name servers than these (`MAXNS`).
const MOST_SERVERS: usize = 3;

impl Plan for EtcFileController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let machine = config.as_ref().and_then(|config| config.machine());
        let network = machine.and_then(|machine| machine.network.as_deref());
        let hostname = inputs.get::<HostnameStatuses>("hostname");
        let mut put = |name: &str, text: String| {
            let spec = EtcFileSpecSpec { contents: ByteList(text.into_bytes()), mode: MODE };
            outputs.put::<EtcFileSpecs>(name, spec);
        };
        if let Some(resolvers) = inputs.get::<ResolverStatuses>("resolvers") {
            put("resolv.conf", resolv_conf(&resolvers, hostname.as_deref(), network));
        }
        if let (Some(hostname), Some(default)) = (&hostname, inputs.get::<NodeAddresses>("default")) {
            put("hosts", hosts(hostname, &default, network));
        }
        Ok(())
    }
}

fn resolv_conf(
    resolvers: &ResolverStatusSpec,
    hostname: Option<&HostnameStatusSpec>,
    network: Option<&NetworkConfig>,
) -> String {
    let servers = resolvers.dns_servers.iter().take(MOST_SERVERS);
    let mut text: String = servers.map(|server| format!("nameserver {server}\n")).collect();
    let is_disabled = network.and_then(|network| network.disable_search_domain).unwrap_or(false);
    let domain = hostname.map(|hostname| hostname.domainname.as_str()).filter(|domain| !domain.is_empty());
    if let (Some(domain), false) = (domain, is_disabled) {
        text += &format!("\nsearch {domain}\n");
    }
    text
}

/// Addresses and their names, in two columns.
fn hosts(hostname: &HostnameStatusSpec, default: &NodeAddressSpec, network: Option<&NetworkConfig>) -> String {
    let mut own = fqdn(hostname);
    if own != hostname.hostname {
        own += &format!(" {}", hostname.hostname);
    }
    let address = default.addresses.first().and_then(|prefix| prefix.address());
    let mut rows = vec![("127.0.0.1".to_owned(), "localhost".to_owned())];
    rows.extend(address.map(|address| (address.to_string(), own)));
    let known =
        [("::1", "localhost ip6-localhost ip6-loopback"), ("ff02::1", "ip6-allnodes"), ("ff02::2", "ip6-allrouters")];
    rows.extend(known.map(|(address, names)| (address.to_owned(), names.to_owned())));
    let extra = network.and_then(|network| network.extra_host_entries.as_ref());
    rows.extend(
        extra
            .into_iter()
            .flat_map(|entries| entries.iter())
            .map(|ExtraHost { ip, aliases }| (ip.clone(), aliases.as_deref().unwrap_or_default().join(" "))),
    );
    let width = rows.iter().map(|(address, _)| address.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (address, names) in rows {
        // A text takes whatever is written.
        let _ = writeln!(text, "{address:width$} {names}");
    }
    text
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;

    use super::*;
    use crate::controllers::testing::{configure, outputs, put, store};
    use crate::cosi::Store;

    fn add<K: Kind>(store: &Store, id: &str, spec: K::Spec) {
        put::<K>(store, K::DEFINITION.namespace, id, spec);
    }

    fn files(store: &Store) -> Vec<(String, String)> {
        let outputs = outputs(store, &EtcFileController);
        let file = outputs.wanted().map(|(reference, content)| {
            let spec = (content as &dyn std::any::Any).downcast_ref::<EtcFileSpecSpec>().unwrap();
            assert_eq!(spec.mode, 0o644);
            (reference.id.clone(), String::from_utf8(spec.contents.0.clone()).unwrap())
        });
        file.collect()
    }

    fn known(domainname: &str) -> Store {
        let store = store();
        let resolvers = ["1.1.1.1", "2.2.2.2", "fd00::3", "4.4.4.4"].map(|server| server.parse().unwrap());
        add::<ResolverStatuses>(&store, "resolvers", ResolverStatusSpec { dns_servers: resolvers.into() });
        let hostname = HostnameStatusSpec { hostname: "foo".into(), domainname: domainname.into() };
        add::<HostnameStatuses>(&store, "hostname", hostname);
        add::<NodeAddresses>(&store, "default", NodeAddressSpec { addresses: vec!["33.11.22.44/32".parse().unwrap()] });
        store
    }

    #[test]
    fn names_and_servers_are_written_down() {
        let store = known("example.com");
        let hosts = "127.0.0.1   localhost\n33.11.22.44 foo.example.com foo\n::1         localhost ip6-localhost \
                     ip6-loopback\nff02::1     ip6-allnodes\nff02::2     ip6-allrouters\n";
        let resolv = "nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver fd00::3\n\nsearch example.com\n";
        assert_eq!(files(&store), [("hosts".into(), hosts.into()), ("resolv.conf".into(), resolv.into())]);
        configure(
            &store,
            "machine:\n  network:\n    disableSearchDomain: true\n    extraHostEntries:\n    - {ip: 10.0.0.1, aliases: [a, b]}\n    \
             - {ip: '2001:123:4567::abcd', aliases: [c]}\n",
        );
        let hosts = "127.0.0.1           localhost\n33.11.22.44         foo.example.com foo\n::1                 localhost \
                     ip6-localhost ip6-loopback\nff02::1             ip6-allnodes\nff02::2             ip6-allrouters\n10.0.0.1            \
                     a b\n2001:123:4567::abcd c\n";
        let resolv = "nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver fd00::3\n";
        assert_eq!(files(&store), [("hosts".into(), hosts.into()), ("resolv.conf".into(), resolv.into())]);
    }

    #[test]
    fn without_a_domain_there_is_one_name() {
        let files = files(&known(""));
        assert!(files[0].1.contains("33.11.22.44 foo\n"), "{files:?}");
        assert!(!files[1].1.contains("search"), "{files:?}");
    }

    #[test]
    fn what_is_not_known_is_not_written() {
        let store = store();
        assert_eq!(files(&store), []);
        add::<HostnameStatuses>(&store, "hostname", HostnameStatusSpec::default());
        assert_eq!(files(&store), []);
    }
}
