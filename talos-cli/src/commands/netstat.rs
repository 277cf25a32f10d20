//! `talosctl netstat`: sockets of machines.

use std::collections::HashMap;

use anyhow::bail;
use talos_api::client::NodeReply;
use talos_api::proto::common::ContainerDriver;
use talos_api::proto::machine::connect_record::{State, TimerActive};
use talos_api::proto::machine::netstat_request::{Feature, Filter, L4proto, NetNs};
use talos_api::proto::machine::{ConnectRecord, ContainerInfo, ContainersRequest, Netstat, NetstatRequest};

use super::running;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access, Session};
use crate::exit::AlreadyReported;
use crate::flag::FlagOf;
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, column};

static ALL: FlagOf<bool> = FlagOf::switch("all", "Show sockets in all states").short('a');
static EXTEND: FlagOf<bool> = FlagOf::switch("extend", "Show user and inode, too").short('x');
static IPV4: FlagOf<bool> = FlagOf::switch("ipv4", "Show only IPv4").short('4');
static IPV6: FlagOf<bool> = FlagOf::switch("ipv6", "Show only IPv6").short('6');
static LISTENING: FlagOf<bool> =
    FlagOf::switch("listening", "Show listening sockets instead of connected ones").short('l');
/// The short form of the flag of other commands means something else here.
static OUTPUT: FlagOf<str> =
    FlagOf::choice("output", "Form of the results", &["json", "table", "yaml"], "table").addition();
static PODS: FlagOf<bool> = FlagOf::switch("pods", "Show the sockets of all pods, too").short('k');
static PROGRAMS: FlagOf<bool> = FlagOf::switch("programs", "Show which process a socket belongs to").short('p');
static RAW: FlagOf<bool> = FlagOf::switch("raw", "Show raw sockets").short('w');
static TCP: FlagOf<bool> = FlagOf::switch("tcp", "Show TCP").short('t');
static TIMERS: FlagOf<bool> = FlagOf::switch("timers", "Show timers").short('o');
static UDP: FlagOf<bool> = FlagOf::switch("udp", "Show UDP").short('u');
static UDPLITE: FlagOf<bool> = FlagOf::switch("udplite", "Show UDP-Lite").short('U');
static VERBOSE: FlagOf<bool> = FlagOf::switch("verbose", "Show all protocols").short('v');

pub(crate) static COMMAND: Command = Command {
    aliases: &["ss"],
    long: "List the sockets of machines, or of one pod. A pod is named by its namespace and its name, as in kube-system/coredns-1.",
    arguments: Arguments::AtMost(1),
    flags: &[
        ALL.row(),
        EXTEND.row(),
        IPV4.row(),
        IPV6.row(),
        LISTENING.row(),
        OUTPUT.row(),
        PODS.row(),
        PROGRAMS.row(),
        RAW.row(),
        TCP.row(),
        TIMERS.row(),
        UDP.row(),
        UDPLITE.row(),
        VERBOSE.row(),
    ],
    run: Some(run),
    completer: Completer::Dynamic(running::pods),
    ..Command::new("netstat", "List sockets")
};

const COLUMNS: [Column; 7] = [
    column("NODE", "node"),
    column("Proto", "protocol"),
    column("Recv-Q", "receiveQueue"),
    column("Send-Q", "sendQueue"),
    column("Local Address", "localAddress"),
    column("Foreign Address", "foreignAddress"),
    column("State", "state"),
];

/// A network namespace that belongs to a pod.
type Pods = HashMap<(String, String), String>;

/// Columns that are there on request.
struct Extra {
    column: Column,
    cell: fn(&ConnectRecord, node: &str, &Pods) -> Cell,
}

const USER: Extra = Extra { column: column("Uid", "uid"), cell: |record, _, _| record.uid.into() };
const INODE: Extra = Extra { column: column("Inode", "inode"), cell: |record, _, _| record.inode.into() };
const PROGRAM: Extra = Extra { column: column("PID/Program name", "program"), cell: |record, _, _| program(record) };
const POD: Extra = Extra { column: column("Pod", "pod"), cell: pod };
const TIMER: Extra = Extra { column: column("Timer", "timer"), cell: |record, _, _| timer(record).into() };

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let wanted = call.arguments.first().map(|pod| pod.to_lowercase());
    let all_pods = call.get(&PODS);
    if all_pods && wanted.is_some() {
        bail!("cannot use --pods and specify a pod");
    }
    let mut request = request(call);
    let extras = [
        (call.get(&EXTEND), USER),
        (call.get(&EXTEND), INODE),
        (call.get(&PROGRAMS), PROGRAM),
        (all_pods, POD),
        (call.get(&TIMERS), TIMER),
    ];
    let extras: Vec<_> = extras.into_iter().filter(|(shown, _)| *shown).map(|(_, extra)| extra).collect();
    let format = Format::named(call.get(&OUTPUT));
    connect::run(call, Access::Nodes, io, async |session, io| {
        if let Some(wanted) = &wanted {
            let pods = pods(session, io).await?;
            let found = pods.into_iter().filter(|(_, name)| name.to_lowercase() == *wanted).map(|(place, _)| place);
            // Of several the first in the order of the nodes is meant.
            let position = |node: &String| session.nodes().iter().position(|other| other == node);
            let Some((node, namespace)) = found.min_by_key(|(node, _)| position(node)) else {
                use std::io::Write as _;

                writeln!(io.stderr, "pod {wanted} not found")?;
                return Err(AlreadyReported.into());
            };
            request.netns = Some(NetNs { netns: vec![namespace], ..NetNs::default() });
            let client = if node.is_empty() { session.client().clone() } else { session.client().node(node) };
            let replies = session.some(client.netstat(request), io).await?;
            return print(replies, &extras, &Pods::new(), format, io);
        }
        let pods = if all_pods { pods(session, io).await? } else { Pods::new() };
        let replies = session.some(session.client().netstat(request), io).await?;
        print(replies, &extras, &pods, format, io)
    })
}

fn request(call: &Call<'_>) -> NetstatRequest {
    let filter = match (call.get(&ALL), call.get(&LISTENING)) {
        (true, _) => Filter::All,
        (_, true) => Filter::Listening,
        _ => Filter::Connected,
    };
    let verbose = call.get(&VERBOSE);
    let [tcp, udp, udplite, raw] =
        [call.get(&TCP), call.get(&UDP), call.get(&UDPLITE), call.get(&RAW)].map(|given| given || verbose);
    let none = !(tcp || udp || udplite || raw);
    let (four, six) = match (call.get(&IPV4), call.get(&IPV6)) {
        (true, false) => (true, false),
        (false, true) => (false, true),
        _ => (true, true),
    };
    NetstatRequest {
        filter: filter.into(),
        feature: Some(Feature { pid: call.get(&PROGRAMS) }),
        l4proto: Some(L4proto {
            tcp: (tcp || none) && four,
            tcp6: (tcp || none) && six,
            udp: (udp || none) && four,
            udp6: (udp || none) && six,
            udplite: udplite && four,
            udplite6: udplite && six,
            raw: raw && four,
            raw6: raw && six,
        }),
        netns: Some(NetNs { hostnetwork: true, allnetns: call.get(&PODS), netns: Vec::new() }),
    }
}

/// The pods with a network namespace of their own, by node and namespace.
async fn pods(session: &Session, io: &mut Io<'_>) -> anyhow::Result<Pods> {
    let request = ContainersRequest { namespace: "k8s.io".to_owned(), driver: ContainerDriver::Cri.into() };
    let replies = session.some(session.client().containers(request), io).await?;
    let mut pods = Pods::new();
    for reply in replies {
        let with_namespace =
            |container: &ContainerInfo| !container.network_namespace.is_empty() && container.id == container.pod_id;
        for container in reply.value.containers.into_iter().filter(with_namespace) {
            pods.insert((reply.node.clone(), container.network_namespace), container.pod_id);
        }
    }
    Ok(pods)
}

fn print(
    replies: Vec<NodeReply<Netstat>>,
    extras: &[Extra],
    pods: &Pods,
    format: Format,
    io: &mut Io<'_>,
) -> anyhow::Result<()> {
    let columns: Vec<_> = COLUMNS.into_iter().chain(extras.iter().map(|extra| extra.column)).collect();
    let mut listing = Listing::new(&columns, format);
    // The line of titles is there only if the first machine has sockets.
    listing.header(replies.first().is_some_and(|reply| !reply.value.connectrecord.is_empty()));
    listing.hide_first(replies.iter().all(|reply| !reply.is_named));
    for NodeReply { node, value, .. } in replies {
        for record in &value.connectrecord {
            let first = [
                Cell::from(&node),
                (&record.l4proto).into(),
                record.rxqueue.into(),
                record.txqueue.into(),
                format!("{}:{}", record.localip, record.localport).into(),
                format!("{}:{}", record.remoteip, port(record.remoteport)).into(),
                state(record.state).into(),
            ];
            listing.row(first.into_iter().chain(extras.iter().map(|extra| (extra.cell)(record, &node, pods))));
        }
    }
    Ok(listing.print(io)?)
}

fn port(port: u32) -> String {
    if port == 0 { "*".to_owned() } else { port.to_string() }
}

/// The name of a state. Closed is what sockets without connections are, so it says nothing.
fn state(state: i32) -> String {
    match State::try_from(state) {
        Ok(State::Close) => String::new(),
        Ok(state) => state.as_str_name().to_owned(),
        Err(_) => state.to_string(),
    }
}

fn program(record: &ConnectRecord) -> Cell {
    match &record.process {
        Some(process) if process.pid != 0 => format!("{}/{}", process.pid, process.name).into(),
        _ => "-".into(),
    }
}

fn pod(record: &ConnectRecord, node: &str, pods: &Pods) -> Cell {
    if record.netns.is_empty() {
        return "-".into();
    }
    pods.get(&(node.to_owned(), record.netns.clone())).map_or("".into(), Cell::from)
}

/// Ticks of the kernel's clock in a second.
const TICKS: f64 = 100.0;

#[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
fn timer(record: &ConnectRecord) -> String {
    let name = TimerActive::try_from(record.tr)
        .map_or_else(|_| record.tr.to_string(), |timer| timer.as_str_name().to_lowercase());
    format!("{name} ({:.2}/{}/{})", record.timerwhen as f64 / TICKS, record.retrnsmt, record.timeout)
}
