//! `Netstat`: which sockets there are.

use std::collections::HashMap;

use talos_api::proto::machine::connect_record::Process;
use talos_api::proto::machine::netstat_request::{Filter, L4proto};
use talos_api::proto::machine::{ConnectRecord, Netstat, NetstatRequest, NetstatResponse};
use tonic::Status;

use crate::sys::Host;
use crate::sys::sockets::{Socket, SocketOwner, Transport};

/// Lists sockets: those of the machine first, then those of network namespaces by name; of each, protocols in a fixed order.
/// Tables that cannot be read count as empty.
///
/// # Errors
/// `Internal` when a part of the request is missing.
pub fn netstat(host: &dyn Host, request: NetstatRequest) -> Result<NetstatResponse, Status> {
    let filter = request.filter();
    let (Some(feature), Some(l4proto), Some(netns)) = (request.feature, request.l4proto, request.netns) else {
        // The reference panics, and its clients always fill all parts.
        return Err(Status::internal("runtime error: invalid memory address or nil pointer dereference"));
    };
    let mut namespaces = Vec::new();
    if netns.hostnetwork {
        namespaces.push((String::new(), None));
    }
    if netns.allnetns || !netns.netns.is_empty() {
        let known = host.network_namespaces().into_iter();
        let wanted = known.filter(|(name, _)| netns.allnetns || netns.netns.contains(name));
        namespaces.extend(wanted.map(|(name, pid)| (name, Some(pid))));
    }
    let owners = if feature.pid { host.socket_owners() } else { HashMap::new() };
    let mut connectrecord = Vec::new();
    for (namespace, pid) in &namespaces {
        for transport in transports(&l4proto) {
            let sockets = host.sockets(transport, *pid).unwrap_or_default();
            let wanted = sockets.iter().filter(|socket| is_wanted(socket, filter));
            connectrecord.extend(wanted.map(|socket| record(socket, namespace, &owners)));
        }
    }
    Ok(NetstatResponse { messages: vec![Netstat { metadata: None, connectrecord }] })
}

fn transports(l4proto: &L4proto) -> impl Iterator<Item = Transport> {
    let wanted = [
        (l4proto.tcp, Transport::Tcp),
        (l4proto.tcp6, Transport::Tcp6),
        (l4proto.udp, Transport::Udp),
        (l4proto.udp6, Transport::Udp6),
        (l4proto.udplite, Transport::UdpLite),
        (l4proto.udplite6, Transport::UdpLite6),
        (l4proto.raw, Transport::Raw),
        (l4proto.raw6, Transport::Raw6),
    ];
    wanted.into_iter().filter(|(is_wanted, _)| *is_wanted).map(|(_, transport)| transport)
}

fn is_wanted(socket: &Socket, filter: Filter) -> bool {
    let has_address = !socket.remote.ip().to_canonical().is_unspecified();
    let has_port = socket.remote.port() != 0;
    match filter {
        Filter::All => true,
        Filter::Connected => has_address && has_port,
        Filter::Listening => !has_address && !has_port,
    }
}

fn record(socket: &Socket, namespace: &str, owners: &HashMap<u64, SocketOwner>) -> ConnectRecord {
    let owner = owners.get(&socket.inode);
    ConnectRecord {
        l4proto: socket.transport.name().to_owned(),
        // IPv4 peers of IPv6 sockets are shown as IPv4.
        localip: socket.local.ip().to_canonical().to_string(),
        localport: socket.local.port().into(),
        remoteip: socket.remote.ip().to_canonical().to_string(),
        remoteport: socket.remote.port().into(),
        state: socket.state.into(),
        txqueue: socket.send_queue,
        rxqueue: socket.receive_queue,
        tr: socket.timer.into(),
        timerwhen: socket.timer_when,
        retrnsmt: socket.retransmits,
        uid: socket.uid,
        timeout: socket.timeout,
        inode: socket.inode,
        r#ref: socket.references,
        pointer: socket.pointer,
        process: Some(owner.map(|owner| Process { pid: owner.pid, name: owner.name.clone() }).unwrap_or_default()),
        netns: namespace.to_owned(),
    }
}
