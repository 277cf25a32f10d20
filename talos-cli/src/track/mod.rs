//! Following an action on several nodes until it is done.

mod follow;
pub(crate) mod report;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use talos_api::client::{self, Client, Replies};
use talos_api::proto::machine::{DmesgRequest, RebootRequest, ResetRequest, ShutdownRequest, UpgradeRequest};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::call::Call;
use crate::connect::{Failure, Session};
use crate::exit::AlreadyReported;
use crate::flag::FlagOf;
use crate::go;
use crate::io::Io;

use report::Status;

pub(crate) static DEBUG: FlagOf<bool> =
    FlagOf::switch("debug", "Show the kernel logs of nodes that fail; implies --wait");
pub(crate) static TIMEOUT: FlagOf<go::Duration> =
    FlagOf::duration("timeout", "How long to wait for the end").default(go::Duration::from_minutes(30));
pub(crate) static WAIT: FlagOf<bool> = FlagOf::switch("wait", "Show what happens until the end").on();

/// Whether the command line wants the action to be followed.
pub(crate) fn wanted(call: &Call<'_>) -> bool {
    call.get(&WAIT) || call.get(&DEBUG)
}

/// What nodes are asked to do.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Reboot(RebootRequest),
    Reset(ResetRequest),
    Shutdown(ShutdownRequest),
    Upgrade(UpgradeRequest),
}

/// When an action is done, as far as events tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// The machine runs and is ready.
    Running,
    /// All services have stopped; the machine will not tell more.
    Stopped,
}

/// What has to be true after the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// Nothing.
    Nothing,
    /// The machine has booted.
    Booted,
    /// One of these machines waits for a configuration, or this one has booted.
    MaintenanceOrBooted(Vec<String>),
}

impl Action {
    /// Asks all nodes of a client. The replies hold the ids by which events name the action.
    pub(crate) async fn send(&self, client: &Client) -> Result<Replies<String>, client::Error> {
        macro_rules! ids {
            ($call:expr) => {{
                let Replies { replies, failures } = $call.await?;
                let replies = replies.into_iter().map(|reply| reply.map(|message| message.actor_id)).collect();
                Ok(Replies { replies, failures })
            }};
        }
        match self.clone() {
            Self::Reboot(request) => ids!(client.reboot(request)),
            Self::Reset(request) => ids!(client.reset(request)),
            Self::Shutdown(request) => ids!(client.shutdown(request)),
            Self::Upgrade(request) => ids!(client.upgrade(request)),
        }
    }
}

/// An action to follow.
#[derive(Clone, Debug)]
pub(crate) struct Tracked {
    pub(crate) action: Action,
    pub(crate) until: Until,
    pub(crate) afterwards: Afterwards,
}

/// What is new about a node.
struct Update {
    node: usize,
    status: Status,
    message: String,
    /// Whether nothing more will come, and the action failed or not.
    end: Option<bool>,
}

/// Kernel logs are kept up to this size.
const LOG: usize = 1 << 20;
/// Terminals show at most this many changes in a second.
const REFRESH: Duration = Duration::from_millis(100);

/// Asks all nodes of the session and shows what happens until all are done.
pub(crate) async fn run(session: &Session, call: &Call<'_>, tracked: Tracked, io: &mut Io<'_>) -> anyhow::Result<()> {
    session.warn_about_older_nodes(io).await?;
    let timeout = call.get(&TIMEOUT).to_std();
    let nodes: Vec<(String, Client)> =
        session.each_node().into_iter().map(|(node, client)| (node.to_owned(), client)).collect();
    // Dropping the set ends all tasks.
    let mut tasks = JoinSet::new();
    let logs = call.get(&DEBUG).then(|| {
        nodes.iter().map(|(node, client)| keep_log(node.clone(), client.clone(), &mut tasks)).collect::<Vec<_>>()
    });
    let (sender, mut updates) = mpsc::unbounded_channel();
    for (at, (_, client)) in nodes.iter().enumerate() {
        let (client, tracked, sender) = (client.clone(), tracked.clone(), sender.clone());
        tasks.spawn(async move {
            let tell = |status, message: String| {
                // Nobody listens when the run is over.
                let _ = sender.send(Update { node: at, status, message, end: None });
            };
            let outcome = match tokio::time::timeout(timeout, follow::follow(&client, &tracked, &tell)).await {
                Ok(outcome) => outcome,
                Err(_) => Err("context deadline exceeded".to_owned()),
            };
            let (status, message, failed) = match outcome {
                Ok(()) => (Status::Succeeded, String::new(), false),
                Err(text) => (Status::Failed, text, true),
            };
            let _ = sender.send(Update { node: at, status, message, end: Some(failed) });
        });
    }
    drop(sender);
    let names: Vec<&str> = nodes.iter().map(|(node, _)| node.as_str()).collect();
    let Some(failed) = show(session, &names, &mut updates, io).await? else { return Ok(()) };
    if failed.is_empty() {
        return Ok(());
    }
    if let Some(logs) = logs {
        let names: Vec<_> = failed.iter().map(|at| names[*at]).collect();
        io.note(format_args!("console logs for nodes {}:", go::quote_list(&names)));
        for at in failed {
            use std::io::Write as _;

            let log = logs[at].lock().map(|log| log.clone()).unwrap_or_default();
            let _ = io.stderr.write_all(&log);
        }
    }
    Err(AlreadyReported.into())
}

/// Shows updates until all nodes are done, and tells which of them failed; `None` if the user does not want to wait.
async fn show(
    session: &Session,
    names: &[&str],
    updates: &mut mpsc::UnboundedReceiver<Update>,
    io: &mut Io<'_>,
) -> anyhow::Result<Option<Vec<usize>>> {
    let mut board = report::Board::new(names, io);
    let mut failed = Vec::new();
    let mut open = names.len();
    let mut refresh = tokio::time::interval(REFRESH);
    while open > 0 {
        tokio::select! {
            biased;
            update = updates.recv() => {
                let Some(update) = update else { break };
                if let Some(fails) = update.end {
                    open -= 1;
                    if fails {
                        failed.push(update.node);
                    }
                }
                board.update(update.node, update.status, update.message, io);
            }
            () = session.interrupt().wait() => return Ok(None),
            _ = refresh.tick() => board.refresh(io),
        }
    }
    board.refresh(io);
    failed.sort_unstable();
    Ok(Some(failed))
}

type Log = Arc<Mutex<Vec<u8>>>;

/// Keeps the end of a node's kernel log from now on.
fn keep_log(node: String, client: Client, tasks: &mut JoinSet<()>) -> Log {
    let log = Log::default();
    let kept = log.clone();
    tasks.spawn(async move {
        let Ok(mut stream) = client.dmesg(DmesgRequest { follow: true, tail: true }).await else { return };
        while let Some(item) = stream.next().await {
            let Ok(reply) = item else { continue };
            let Ok(mut log) = kept.lock() else { return };
            log.extend_from_slice(node.as_bytes());
            log.extend_from_slice(b": ");
            log.extend_from_slice(&reply.value.bytes);
            let excess = log.len().saturating_sub(LOG);
            log.drain(..excess);
        }
    });
    log
}

/// Asks all nodes at once and does not wait; any node's failure is one of the command.
pub(crate) async fn send(session: &Session, action: &Action, io: &mut Io<'_>) -> anyhow::Result<Result<(), Failure>> {
    session.warn_about_older_nodes(io).await?;
    Ok(session.all(action.send(session.client())).await.map(|_| ()))
}
