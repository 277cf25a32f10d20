//! Where the machines of a new cluster are.

use std::net::TcpListener;

use anyhow::bail;
use talos_node::local::isolation::Isolation;
use talos_node::local::network::Network;

use super::{CIDR, MTU, NETWORK};
use crate::call::Call;
use crate::global::SystemRandom;
use crate::io::Io;

/// A network for a cluster.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) network: Network,
    /// What makes it; `None` if the machines share the network of this computer.
    pub(super) isolation: Option<Isolation>,
    /// What keeps it from others until the machines are there.
    pub(super) held: Option<TcpListener>,
}

impl Place {
    /// The network that the command line asks for, as far as it can be had. What is not as asked for is told.
    pub(super) fn choose(call: &Call<'_>, name: &str, wanted: Network, io: &mut Io<'_>) -> anyhow::Result<Self> {
        let given = call.given(CIDR.row());
        let mode = call.get(&NETWORK);
        if mode != "loopback" && !(given && wanted.is_loopback()) {
            match isolation(name, io) {
                Ok(isolation) => return Ok(Self { network: wanted, isolation: Some(isolation), held: None }),
                Err(reason) if mode == "namespaces" || given => {
                    bail!("network {wanted} needs namespaces, which cannot be made: {reason:#}")
                }
                Err(reason) => io.note(format_args!("using loopback addresses, namespaces cannot be made: {reason:#}")),
            }
        }
        if mode == "namespaces" {
            bail!("network {wanted} is that of the loopback, which is not joined by a bridge");
        }
        if call.given(MTU.row()) {
            bail!("--mtu needs namespaces: the loopback has its own");
        }
        if given {
            if !wanted.is_loopback() {
                bail!("network {wanted} needs namespaces, loopback addresses are in 127.0.0.0/8");
            }
            return Ok(Self { network: wanted, isolation: None, held: None });
        }
        let (network, held) = Network::free_loopback(&mut SystemRandom)?;
        Ok(Self { network, isolation: None, held: Some(held) })
    }
}

fn isolation(name: &str, io: &Io<'_>) -> anyhow::Result<Isolation> {
    let Some(isolation) = super::super::isolation(name, &io.environment) else {
        bail!("the program ip (iproute2) was not found");
    };
    isolation.check()?;
    Ok(isolation)
}
