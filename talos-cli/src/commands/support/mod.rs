//! `talosctl support`: an archive with what it takes to find out what ails a cluster.

mod board;
mod cluster;
mod collect;

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io::{BufRead, Write};
use std::pin::Pin;
use std::task::Poll;

use anyhow::{Context as _, bail};

use self::board::Board;
use super::global;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access, Failure, Session};
use crate::exit::AlreadyReported;
use crate::files::{self, Temporary};
use crate::flag::FlagOf;
use crate::io::Io;
use crate::table::Table;
use crate::zip;

static NUM_WORKERS: FlagOf<i64> =
    FlagOf::int("num-workers", "How much to collect from a node at the same time").short('w').default(1);
static OUTPUT: FlagOf<str> = FlagOf::text("output", "Write the archive to this file instead of support.zip").short('O');
static VERBOSE: FlagOf<bool> =
    FlagOf::switch("verbose", "Show what is being collected line by line, instead of bars").short('v');

pub(crate) static COMMAND: Command = Command {
    long: "Collect logs, states of services, resources and more from the nodes given by --nodes, and the nodes and system pods of
Kubernetes, into a zip archive for those who are to help. Resources that hold secrets are left out but for their names.
What cannot be had is listed at the end; the rest is in the archive all the same.",
    examples: "  talosctl -n 10.5.0.2,10.5.0.3 support -O lab.zip",
    arguments: Arguments::None,
    flags: &[NUM_WORKERS.row(), OUTPUT.row(), VERBOSE.row()],
    run: Some(run),
    ..Command::new("support", "Collect what helps to find out what ails a cluster")
};

const ARCHIVE: &str = "support.zip";
/// The archive is made to be handed on.
const MODE: u32 = 0o644;

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    if call.get(&global::NODES).is_empty() {
        bail!("please provide at least a single node to gather the debug information from");
    }
    let workers = usize::try_from(call.get(&NUM_WORKERS)).ok().filter(|count| *count > 0);
    let workers = workers.context("--num-workers must be 1 or more")?;
    let path = Some(call.get(&OUTPUT)).filter(|path| !path.is_empty()).unwrap_or(ARCHIVE);
    if files::exists(&io.environment, path) && !may_overwrite(path, io)? {
        bail!("{path} is there already and stays as it is");
    }
    connect::run(call, Access::Nodes, io, async |session, io| {
        let sources = session.nodes().iter().map(String::as_str).chain([cluster::SOURCE]);
        let board = RefCell::new(Board::new(sources, call.get(&VERBOSE), io));
        gather(session, workers, &board).await;
        if session.interrupt().is_set() {
            return Err(Failure::interrupted().into());
        }
        let (entries, failures) = board.into_inner().finish();
        write(path, entries, io)?;
        if !failures.is_empty() {
            show(&failures, io);
        }
        io.note(format_args!("Support bundle is written to {path}"));
        if failures.is_empty() { Ok(()) } else { Err(AlreadyReported.into()) }
    })
}

/// Asks before a file is overwritten. Only `y` means yes.
fn may_overwrite(path: &str, io: &mut Io<'_>) -> anyhow::Result<bool> {
    write!(io.stdout, "{path} already exists, overwrite? [y/N]: ")?;
    io.stdout.flush()?;
    let mut answer = String::new();
    io.stdin.read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}

/// Collects from all sources at the same time.
async fn gather(session: &Session, workers: usize, board: &RefCell<Board<'_, '_>>) {
    let mut sources: Vec<Work<'_>> = Vec::new();
    for (source, (node, client)) in session.each_node().into_iter().enumerate() {
        sources.push(Box::pin(collect::node(session, source, node, client, workers, board)));
    }
    let source = sources.len();
    sources.push(Box::pin(cluster::collect(session, source, board)));
    all(sources).await;
}

type Work<'w> = Pin<Box<dyn Future<Output = ()> + 'w>>;

/// Runs all to their ends, in turns.
async fn all(mut works: Vec<Work<'_>>) {
    poll_fn(|cx| {
        works.retain_mut(|work| work.as_mut().poll(cx).is_pending());
        if works.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn write(path: &str, entries: Vec<zip::Entry>, io: &Io<'_>) -> anyhow::Result<()> {
    let full = io.environment.path(path);
    let mut file = Temporary::beside(&full, MODE).map_err(|error| files::failure("open", path, error))?;
    zip::write(entries, file.file())
        .and_then(|()| file.file().sync_all())
        .map_err(|error| files::failure("write", path, error))?;
    Ok(file.rename(&full).map_err(|error| files::failure("rename", path, error))?)
}

/// Lists what could not be had.
fn show(failures: &[(String, String)], io: &mut Io<'_>) {
    let mut table = Table::new();
    table.row(["", "SOURCE", "ERROR"]);
    for (source, error) in failures {
        let mut source = source.as_str();
        for line in error.trim().lines() {
            table.row(["", source, line]);
            source = "";
        }
    }
    let table = table.render();
    let table = table.trim_end_matches('\n');
    let is_red = io.coloured() && io.stderr.is_terminal();
    io.note("Processed with errors:");
    if is_red { io.note(format_args!("\x1b[31m{table}\x1b[0m")) } else { io.note(table) }
}
