//! What machines say about themselves.

use std::collections::{BTreeMap, BTreeSet};

use tonic::Code;

use super::{Attempt, Error, Verdict};
use crate::client::{self, Client, EventPayload, ListOptions};
use crate::cluster::{Role, Several};
use crate::proto::machine::sequence_event::Action;
use crate::proto::machine::{EventsRequest, MountStat};
use crate::resources::k8s::StaticPodStatuses;
use crate::resources::runtime::MountStatuses;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Memory that the kernel and the firmware keep for themselves.
const RESERVED_MEMORY: u64 = 150 * MIB;

/// Smallest disk. Source: `pkg/minimal/limits.go` (1.5).
const SMALLEST_DISK: u64 = 6 * GIB;

/// What other partitions take of a disk.
const OTHER_PARTITIONS: u64 = 1400 * MIB;

/// Mount of the partition for data.
const EPHEMERAL: &str = "EPHEMERAL";

const STATIC_PODS: [&str; 3] =
    ["kube-system/kube-apiserver", "kube-system/kube-controller-manager", "kube-system/kube-scheduler"];

/// Whether all nodes answer.
pub(super) async fn answer(attempt: &Attempt<'_>) -> Result<Verdict, Error> {
    attempt.client_of(attempt.info.nodes()).version().await?.all()?;
    Ok(Verdict::Holds)
}

/// Whether all nodes have enough memory.
pub(super) async fn have_memory(attempt: &Attempt<'_>) -> Result<Verdict, Error> {
    let Some((_, client)) = outside_of_containers(attempt).await? else { return Ok(Verdict::Holds) };
    let getting = |source| Error::Getting { what: "nodes memory", source };
    let replies = client.memory().await.and_then(client::Replies::all).map_err(getting)?;
    let mut failures = Vec::new();
    for reply in replies {
        let role = attempt.info.role_of(&reply.node).ok_or_else(|| Error::UnexpectedNode(reply.node.clone()))?;
        let least = match role {
            Role::Init | Role::ControlPlane => 2 * GIB - RESERVED_MEMORY,
            Role::Worker => GIB - RESERVED_MEMORY,
        };
        let found = reply.value.meminfo.unwrap_or_default().memtotal.saturating_mul(1024);
        if found < least {
            failures.push(Error::Memory { node: reply.node, least, found });
        }
    }
    Several::unless_empty(failures)?;
    Ok(Verdict::Holds)
}

/// Whether all nodes have disks that are large enough.
pub(super) async fn have_disks(attempt: &Attempt<'_>) -> Result<Verdict, Error> {
    let Some((nodes, client)) = outside_of_containers(attempt).await? else { return Ok(Verdict::Holds) };
    let getting = |source| Error::Getting { what: "nodes mounts", source };
    let replies = client.mounts().await.and_then(client::Replies::all).map_err(getting)?;
    if replies.is_empty() {
        return Err(Error::NoMounts);
    }
    let mut mounts: BTreeMap<String, Vec<MountStat>> = BTreeMap::new();
    for reply in replies {
        if reply.value.stats.is_empty() {
            return Err(Error::NoMountsOf(reply.node));
        }
        mounts.entry(reply.node).or_default().extend(reply.value.stats);
    }
    let mut failures = Vec::new();
    for node in nodes {
        let outcome = match partition(attempt, &node).await {
            Ok(None) => Ok(()),
            Ok(Some(partition)) => is_large_enough(node, partition, &mounts),
            Err(error) => Err(error),
        };
        failures.extend(outcome.err());
    }
    Several::unless_empty(failures)?;
    Ok(Verdict::Holds)
}

fn is_large_enough(node: String, partition: String, mounts: &BTreeMap<String, Vec<MountStat>>) -> Result<(), Error> {
    let Some(mounts) = mounts.get(&node) else { return Err(Error::NotInMounts(node)) };
    let Some(mount) = mounts.iter().find(|mount| mount.filesystem == partition) else {
        return Err(Error::NotMounted { partition, node });
    };
    let found = mount.size.saturating_add(OTHER_PARTITIONS);
    if found < SMALLEST_DISK {
        return Err(Error::Disk { partition, node, least: SMALLEST_DISK, found });
    }
    Ok(())
}

/// The partition for data; `None` on nodes that are too old to tell.
async fn partition(attempt: &Attempt<'_>, node: &str) -> Result<Option<String>, Error> {
    let mounts = attempt.client().node(node).resources::<MountStatuses>().list(&ListOptions::default()).await;
    match mounts {
        Err(error) if error.code() == Code::Unimplemented => Ok(None),
        Err(source) => {
            Err(Error::Listing { what: format!("mounts for node {}", crate::grpc::status::quoted(node)), source })
        }
        Ok(mounts) => {
            let found = mounts.into_iter().find(|mount| mount.metadata.id == EPHEMERAL);
            found.map(|mount| Some(mount.spec.source)).ok_or_else(|| Error::NoPartition(node.to_owned()))
        }
    }
}

/// The nodes that are machines of their own, and a client for them; `None` when there is none.
async fn outside_of_containers(attempt: &Attempt<'_>) -> Result<Option<(Vec<String>, Client)>, Error> {
    let getting = |source| Error::Getting { what: "version", source };
    let client = attempt.client_of(attempt.info.nodes());
    let replies = client.version().await.and_then(client::Replies::all).map_err(getting)?;
    let is_container = |platform: &crate::proto::machine::PlatformInfo| platform.mode == "container";
    let nodes: Vec<String> = replies
        .into_iter()
        .filter(|reply| !reply.value.platform.as_ref().is_some_and(is_container))
        .map(|reply| reply.node)
        .collect();
    Ok((!nodes.is_empty()).then(|| (nodes.clone(), attempt.client().nodes(nodes))))
}

/// Whether no node is known to be booting. Nodes whose boot is so long ago that they forgot it count as booted.
pub(super) async fn have_booted(attempt: &Attempt<'_>) -> Result<Verdict, Error> {
    let request = EventsRequest { tail_events: -1, ..EventsRequest::default() };
    let mut begun = BTreeSet::new();
    let mut ended = BTreeSet::new();
    let client = attempt.client_of(attempt.info.nodes());
    let mut stream = client.events(request).await.map_err(Error::NoEventsToFollow)?;
    // Events never end: nobody tells which one is the last of the past, so all come until the time of the try is over.
    while let Some(item) = stream.next().await {
        match item {
            Ok(reply) => {
                let Ok(EventPayload::Sequence(event)) = EventPayload::decode(&reply.value) else { continue };
                if event.sequence == "boot" {
                    match event.action() {
                        Action::Start => begun.insert(reply.node),
                        Action::Stop => ended.insert(reply.node),
                        Action::Noop => false,
                    };
                }
            }
            // Nodes that do not answer show in other checks.
            Err(client::Error::Node(_)) => {}
            Err(error) if error.code() == Code::DeadlineExceeded => break,
            Err(error) => return Err(Error::Events(error)),
        }
    }
    let booting: Vec<String> = begun.difference(&ended).cloned().collect();
    if booting.is_empty() { Ok(Verdict::Holds) } else { Err(Error::Booting(booting)) }
}

/// Whether all control plane nodes run the pods of the control plane.
pub(super) async fn run_static_pods(attempt: &Attempt<'_>) -> Result<Verdict, Error> {
    for node in attempt.info.control_plane() {
        let node = node.internal_ip.to_string();
        let pods = attempt.client().node(&node).resources::<StaticPodStatuses>().list(&ListOptions::default()).await;
        let pods = match pods {
            Ok(pods) => pods,
            // Too old to tell, and then nobody else is asked.
            Err(error) if error.code() == Code::Unimplemented => return Ok(Verdict::Holds),
            Err(source) => return Err(Error::Listing { what: format!("static pods on node {node}"), source }),
        };
        let runs = |wanted: &str| pods.iter().any(|pod| pod.metadata.id.starts_with(wanted));
        let missing: Vec<&str> = STATIC_PODS.into_iter().filter(|wanted| !runs(wanted)).collect();
        if !missing.is_empty() {
            return Err(Error::MissingStaticPods { node, pods: missing });
        }
    }
    Ok(Verdict::Holds)
}
