use std::collections::BTreeMap;
use std::sync::Arc;

use talos_api::resources::network::{AddressFlags, AddressStatusSpec, AddressStatuses, Family, Scope};
use talos_api::resources::{Ip, IpPrefix};

use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Output, Outputs, Run};
use crate::machine::Machine;
use crate::sys::netlink::{Address, Subjects};

/// Reports the addresses of the machine's links. Of a computer that it shares with others, only its own address.
#[derive(Debug)]
pub struct AddressStatusController {
    machine: Arc<Machine>,
}

impl AddressStatusController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    AddressStatusController = "network.AddressStatusController" {
        inputs: [],
        outputs: [Output::shared::<AddressStatuses>()],
    }
}

#[tonic::async_trait]
impl Run for AddressStatusController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        // Heard of before it is asked for, so that nothing falls between.
        let mut changes = self.machine.host.network_changes(Subjects::ADDRESSES | Subjects::LINKS)?;
        loop {
            let links = self.machine.host.links()?;
            let names: BTreeMap<u32, &str> = links.iter().map(|link| (link.index, link.name.as_str())).collect();
            let mut outputs = Outputs::default();
            for address in self.machine.host.addresses()? {
                let Some(name) = names.get(&address.link_index) else { continue };
                if let Some(prefix) = self.own(&address) {
                    outputs.put::<AddressStatuses>(format!("{name}/{prefix}"), status(&address, prefix, name));
                }
            }
            context.settle(outputs)?;
            changes.changed().await?;
        }
    }
}

impl AddressStatusController {
    /// The node's address with the size of its network, if this is it. Any address of 127.0.0.0/8 is there on every
    /// computer, although only the first one is listed.
    fn own(&self, address: &Address) -> Option<IpPrefix> {
        let own = self.machine.settings.address;
        let is_own = address.address == own
            || (own.is_loopback() && own.is_ipv4() && address.address.is_loopback() && address.address.is_ipv4());
        is_own.then(|| IpPrefix::new(own, address.prefix_length))
    }
}

fn status(address: &Address, prefix: IpPrefix, link_name: &str) -> AddressStatusSpec {
    let ip = |address: Option<std::net::IpAddr>| address.map(Ip::from).unwrap_or_default();
    AddressStatusSpec {
        address: prefix,
        local: ip(address.local),
        broadcast: ip(address.broadcast.map(Into::into)),
        anycast: ip(address.anycast.map(Into::into)),
        multicast: ip(address.multicast.map(Into::into)),
        link_index: address.link_index,
        link_name: link_name.to_owned(),
        family: Family(u32::from(address.family)),
        scope: Scope(u32::from(address.scope)),
        flags: AddressFlags(address.flags),
    }
}
