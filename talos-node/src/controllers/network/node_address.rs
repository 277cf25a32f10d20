use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use talos_api::resources::IpPrefix;
use talos_api::resources::network::{
    AddressStatuses, LinkStatusSpec, LinkStatuses, LinkType, NodeAddressFilters, NodeAddressSpec, NodeAddresses,
    OperationalState, Scope,
};

use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Inputs, Output, Outputs, Run};
use crate::machine::Machine;

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
    /// All of them.
    accumulative: BTreeSet<IpPrefix>,
    /// The one the node is known by, for as long as it is there.
    default: Option<IpPrefix>,
}

impl Memory {
    fn next(&mut self, inputs: &Inputs<'_>, own: IpAddr) -> Outputs {
        let links = inputs.list::<LinkStatuses>();
        let mut current = BTreeSet::new();
        let mut routed = BTreeSet::new();
        let mut first: Option<(&str, IpPrefix)> = None;
        let statuses = inputs.list::<AddressStatuses>();
        for status in &statuses {
            let Some(address) = status.address.address() else { continue };
            if address != own && (status.scope >= Scope::LINK || is_special(address)) {
                continue;
            }
            let is_external = status.link_name == "external";
            let is_up = links.iter().any(|link| link.id() == status.link_name && is_up(link));
            if !is_external && !is_up {
                continue;
            }
            current.insert(status.address);
            if !is_external && !is_management(address) {
                routed.insert(status.address);
                let candidate = (status.link_name.as_str(), status.address);
                first = first.filter(|first| *first <= candidate).or(Some(candidate));
            }
        }
        self.accumulative.extend(&current);
        if !self.default.is_some_and(|default| current.contains(&default)) {
            self.default = first.map(|(_, address)| address).or(self.default);
        }
        let mut outputs = Outputs::default();
        let lists = [("current", &current), ("routed", &routed), ("accumulative", &self.accumulative)];
        for (id, addresses) in lists {
            outputs.put::<NodeAddresses>(id, list(addresses.iter().copied()));
            for filter in inputs.list::<NodeAddressFilters>() {
                let passes = |prefix: &&IpPrefix| {
                    let within = |networks: &[IpPrefix]| networks.iter().any(|network| contains(network, prefix));
                    (filter.include_subnets.is_empty() || within(&filter.include_subnets))
                        && !within(&filter.exclude_subnets)
                };
                let filtered = addresses.iter().filter(passes).copied();
                outputs.put::<NodeAddresses>(format!("{id}-{}", filter.id()), list(filtered));
            }
        }
        if let Some(default) = self.default {
            outputs.put::<NodeAddresses>("default", list([default]));
        }
        outputs
    }
}

fn list(addresses: impl IntoIterator<Item = IpPrefix>) -> NodeAddressSpec {
    NodeAddressSpec { addresses: addresses.into_iter().collect() }
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
    let is_physical = link.r#type == LinkType::ETHER && link.kind.is_empty();
    let is_operational = [OperationalState::UP, OperationalState::UNKNOWN].contains(&link.operational_state);
    is_operational && (!is_physical || link.link_state)
}

/// Whether an address lies in a network.
fn contains(network: &IpPrefix, prefix: &IpPrefix) -> bool {
    let bits = u32::from(network.bits());
    match (network.address(), prefix.address()) {
        (Some(IpAddr::V4(network)), Some(IpAddr::V4(address))) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            u32::from(network) & mask == u32::from(address) & mask
        }
        (Some(IpAddr::V6(network)), Some(IpAddr::V6(address))) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            u128::from(network) & mask == u128::from(address) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;
    use talos_api::resources::network::{AddressStatusSpec, NodeAddressFilterSpec};

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
        let all = "1.2.3.4/32 10.0.0.1/24 10.0.0.2/24 fdae:41e4:649b:9303::1/64";
        let expected = [
            format!("accumulative: {all}"),
            format!("current: {all}"),
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
    fn filters_make_lists_of_their_own() {
        let store = store();
        link(&store, "eth0", true);
        address(&store, "eth0", "10.0.0.2/24", Scope::GLOBAL);
        address(&store, "eth0", "10.244.0.1/24", Scope::GLOBAL);
        let filter = NodeAddressFilterSpec {
            include_subnets: Vec::new(),
            exclude_subnets: vec!["10.244.0.0/16".parse().unwrap()],
        };
        put::<NodeAddressFilters>(&store, NodeAddressFilters::DEFINITION.namespace, "no-k8s", filter);
        let shown = shown(&mut Memory::default(), &store, "10.0.0.2");
        assert!(shown.contains(&"routed-no-k8s: 10.0.0.2/24".to_owned()), "{shown:?}");
    }
}
