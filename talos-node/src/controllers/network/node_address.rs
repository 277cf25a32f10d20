use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use talos_api::resources::IpPrefix;
use talos_api::resources::network::{
    AddressStatuses, LinkStatusSpec, LinkStatuses, NodeAddressFilterSpec, NodeAddressFilters, NodeAddressSpec,
    NodeAddresses, OperationalState, Scope,
};

use super::is_physical;
use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Inputs, Output, Outputs, Run};
use crate::machine::Machine;
use crate::networks::contains;

/// Derives the addresses of the node from those of its links: now, ever since it was started, and one to be known by.
#[derive(Debug)]
pub struct NodeAddressController {
    machine: Arc<Machine>,
}

impl NodeAddressController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    NodeAddressController = "network.NodeAddressController" {
        inputs: [
            Input::weak::<AddressStatuses>(),
            Input::weak::<LinkStatuses>(),
            Input::weak::<NodeAddressFilters>(),
        ],
        outputs: [Output::exclusive::<NodeAddresses>()],
    }
}

#[tonic::async_trait]
impl Run for NodeAddressController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut memory = Memory::default();
        loop {
            context.changed().await;
            let outputs = memory.next(&context.inputs(), self.machine.settings.address);
            context.settle(outputs)?;
        }
    }
}

/// What is remembered of the addresses seen so far.
#[derive(Debug, Default)]
struct Memory {
    /// Those of each list that only grows, by its id.
    accumulative: BTreeMap<String, BTreeMap<IpAddr, IpPrefix>>,
    /// The one the node is known by, for as long as it is there.
    default: Option<IpPrefix>,
}

impl Memory {
    fn next(&mut self, inputs: &Inputs<'_>, own: IpAddr) -> Outputs {
        let links = inputs.list::<LinkStatuses>();
        let mut current = BTreeSet::new();
        let mut routed = BTreeSet::new();
        let mut all = Vec::new();
        let mut first: Option<(&str, IpPrefix)> = None;
        let statuses = inputs.list::<AddressStatuses>();
        for status in &statuses {
            let Some(address) = status.address.address() else { continue };
            if address != own && (status.scope >= Scope::LINK || is_special(address)) {
                continue;
            }
            all.push(status.address);
            // What others see of the machine is on none of its links.
            let is_external = status.link_name == "external";
            let is_up = links.iter().any(|link| link.id() == status.link_name && is_up(link));
            if is_external || is_up {
                current.insert(status.address);
            }
            if !is_external {
                let candidate = (status.link_name.as_str(), status.address);
                first = first.filter(|first| *first <= candidate).or(Some(candidate));
                if is_up && !is_management(address) {
                    routed.insert(status.address);
                }
            }
        }
        let first = first.map(|(_, address)| address);
        self.default = first.map(|first| self.default.filter(|default| current.contains(default)).unwrap_or(first));

        let filters = inputs.list::<NodeAddressFilters>();
        let current: Vec<IpPrefix> = current.into_iter().collect();
        let routed: Vec<IpPrefix> = routed.into_iter().collect();
        let mut lists = Vec::new();
        for (id, addresses) in [("current", &current), ("routed", &routed)] {
            lists.push((id.to_owned(), addresses.clone()));
            lists.extend(filters.iter().map(|filter| (format!("{id}-{}", filter.id()), filtered(addresses, filter))));
        }
        // Each of these grows by itself: what a filter let pass once stays in its list.
        let growing = filters.iter().map(|filter| (format!("{ACCUMULATIVE}-{}", filter.id()), filtered(&all, filter)));
        let growing: Vec<_> = std::iter::once((ACCUMULATIVE.to_owned(), all.clone())).chain(growing).collect();
        self.accumulative.retain(|known, _| growing.iter().any(|(id, _)| id == known));
        for (id, addresses) in growing {
            let seen = self.accumulative.entry(id.clone()).or_default();
            for prefix in addresses {
                if let Some(address) = prefix.address() {
                    seen.entry(address).or_insert(prefix);
                }
            }
            lists.push((id, seen.values().copied().collect()));
        }
        let mut outputs = Outputs::default();
        lists.extend(self.default.map(|default| ("default".to_owned(), vec![default])));
        for (id, addresses) in lists {
            outputs.put::<NodeAddresses>(id, NodeAddressSpec { addresses });
        }
        outputs
    }
}

/// Id of all addresses ever seen.
const ACCUMULATIVE: &str = "accumulative";

/// The addresses in any of the networks that a filter includes, if it does, and in none that it excludes.
fn filtered(addresses: &[IpPrefix], filter: &NodeAddressFilterSpec) -> Vec<IpPrefix> {
    let passes = |prefix: &&IpPrefix| {
        let Some(address) = prefix.address() else { return false };
        let within = |networks: &[IpPrefix]| networks.iter().any(|network| contains(*network, address));
        (filter.include_subnets.is_empty() || within(&filter.include_subnets)) && !within(&filter.exclude_subnets)
    };
    addresses.iter().filter(passes).copied().collect()
}

/// Addresses that say nothing about where a node is.
fn is_special(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    address.is_loopback() || address.is_multicast() || is_link_local
}

/// Addresses of the management network: they reach nobody but the manager.
fn is_management(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.octets()[0] == 0xfd && address.octets()[7] == 0x03)
}

/// Whether traffic goes through a link; devices need a signal, too.
fn is_up(link: &LinkStatusSpec) -> bool {
    let is_operational = [OperationalState::UP, OperationalState::UNKNOWN].contains(&link.operational_state);
    is_operational && (!is_physical(link) || link.link_state)
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;
    use talos_api::resources::network::{AddressStatusSpec, LinkType};

    use super::*;
    use crate::controllers::testing::{put, store};
    use crate::cosi::Store;

    fn link(store: &Store, name: &str, has_carrier: bool) {
        let spec = LinkStatusSpec {
            r#type: LinkType::ETHER,
            link_state: has_carrier,
            operational_state: OperationalState::UP,
            ..Default::default()
        };
        put::<LinkStatuses>(store, LinkStatuses::DEFINITION.namespace, name, spec);
    }

    fn address(store: &Store, link: &str, prefix: &str, scope: Scope) {
        let spec =
            AddressStatusSpec { address: prefix.parse().unwrap(), link_name: link.into(), scope, ..Default::default() };
        put::<AddressStatuses>(store, AddressStatuses::DEFINITION.namespace, &format!("{link}/{prefix}"), spec);
    }

    fn shown(memory: &mut Memory, store: &Store, own: &str) -> Vec<String> {
        let controller = NodeAddressController { machine: crate::machine::testing::machine() };
        let outputs = memory.next(&Inputs::new(store, &controller), own.parse().unwrap());
        let show = |content: &dyn crate::cosi::Content| {
            let spec = (content as &dyn std::any::Any).downcast_ref::<NodeAddressSpec>().unwrap();
            spec.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        outputs.wanted().map(|(reference, content)| format!("{}: {}", reference.id, show(content))).collect()
    }

    #[test]
    fn addresses_of_links_that_are_up_count() {
        let store = store();
        link(&store, "eth0", true);
        link(&store, "eth1", false);
        link(&store, "lo", true);
        address(&store, "eth0", "10.0.0.2/24", Scope::GLOBAL);
        address(&store, "eth0", "10.0.0.1/24", Scope::GLOBAL);
        address(&store, "eth0", "fe80::1/64", Scope::LINK);
        address(&store, "eth0", "fdae:41e4:649b:9303::1/64", Scope::GLOBAL);
        address(&store, "eth1", "10.1.0.1/24", Scope::GLOBAL);
        address(&store, "lo", "127.0.0.1/8", Scope::HOST);
        address(&store, "external", "1.2.3.4/32", Scope::GLOBAL);
        let expected = [
            "accumulative: 1.2.3.4/32 10.0.0.1/24 10.0.0.2/24 10.1.0.1/24 fdae:41e4:649b:9303::1/64".into(),
            "current: 1.2.3.4/32 10.0.0.1/24 10.0.0.2/24 fdae:41e4:649b:9303::1/64".to_owned(),
            "default: 10.0.0.1/24".into(),
            "routed: 10.0.0.1/24 10.0.0.2/24".into(),
        ];
        assert_eq!(shown(&mut Memory::default(), &store, "10.0.0.2"), expected);
    }

    #[test]
    fn the_default_stays_while_it_is_there_and_nothing_is_forgotten() {
        let store = store();
        link(&store, "eth0", true);
        address(&store, "eth0", "10.0.0.2/24", Scope::GLOBAL);
        let mut memory = Memory::default();
        shown(&mut memory, &store, "10.0.0.2");
        address(&store, "eth0", "10.0.0.1/24", Scope::GLOBAL);
        assert_eq!(shown(&mut memory, &store, "10.0.0.2")[2], "default: 10.0.0.2/24");
        let first = crate::cosi::Reference::new("network", AddressStatuses::DEFINITION.type_name, "eth0/10.0.0.2/24");
        store.destroy(&first, "test").unwrap();
        let expected = ["accumulative: 10.0.0.1/24 10.0.0.2/24", "current: 10.0.0.1/24", "default: 10.0.0.1/24"];
        assert_eq!(shown(&mut memory, &store, "10.0.0.2")[..3], expected);
    }

    #[test]
    fn the_own_address_counts_even_if_it_is_a_loopback_one() {
        let store = store();
        link(&store, "lo", true);
        address(&store, "lo", "127.0.0.5/8", Scope::HOST);
        assert_eq!(shown(&mut Memory::default(), &store, "127.0.0.5")[2], "default: 127.0.0.5/8");
    }

    #[test]
    fn without_addresses_nothing_is_default() {
        let store = store();
        link(&store, "eth0", true);
        address(&store, "eth0", "10.0.0.2/24", Scope::GLOBAL);
        let mut memory = Memory::default();
        shown(&mut memory, &store, "10.0.0.2");
        let first = crate::cosi::Reference::new("network", AddressStatuses::DEFINITION.type_name, "eth0/10.0.0.2/24");
        store.destroy(&first, "test").unwrap();
        assert_eq!(shown(&mut memory, &store, "10.0.0.2"), ["accumulative: 10.0.0.2/24", "current: ", "routed: "]);
    }

    #[test]
    fn filters_make_lists_of_their_own() {
        let store = store();
        link(&store, "eth0", true);
        address(&store, "eth0", "10.0.0.2/24", Scope::GLOBAL);
        address(&store, "eth0", "10.244.0.1/24", Scope::GLOBAL);
        let cluster = || vec!["10.244.0.0/16".parse().unwrap(), "10.96.0.0/12".parse().unwrap()];
        let without = NodeAddressFilterSpec { exclude_subnets: cluster(), ..Default::default() };
        let only = NodeAddressFilterSpec { include_subnets: cluster(), ..Default::default() };
        for (id, filter) in [("no-k8s", without), ("only-k8s", only)] {
            put::<NodeAddressFilters>(&store, NodeAddressFilters::DEFINITION.namespace, id, filter);
        }
        let mut memory = Memory::default();
        let both = "10.0.0.2/24 10.244.0.1/24";
        let mut expected = vec!["default: 10.0.0.2/24".to_owned()];
        for id in ["accumulative", "current", "routed"] {
            let rows =
                [format!("{id}: {both}"), format!("{id}-no-k8s: 10.0.0.2/24"), format!("{id}-only-k8s: 10.244.0.1/24")];
            expected.extend(rows);
        }
        expected.sort_by_key(|row| row.split(':').next().map(str::to_owned));
        assert_eq!(shown(&mut memory, &store, "10.0.0.2"), expected);

        // What went stays where it was seen, unless the filter goes, too.
        let reference = |kind: &str, id: &str| crate::cosi::Reference::new("network", kind, id);
        store.destroy(&reference(AddressStatuses::DEFINITION.type_name, "eth0/10.244.0.1/24"), "test").unwrap();
        let found = shown(&mut memory, &store, "10.0.0.2");
        assert!(found.contains(&"accumulative-only-k8s: 10.244.0.1/24".to_owned()), "{found:?}");
        assert!(found.contains(&"current-only-k8s: ".to_owned()), "{found:?}");
        store.destroy(&reference(NodeAddressFilters::DEFINITION.type_name, "only-k8s"), "test").unwrap();
        let found = shown(&mut memory, &store, "10.0.0.2");
        assert!(!found.iter().any(|row| row.contains("only")), "{found:?}");
    }
}
