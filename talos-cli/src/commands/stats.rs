//! `talosctl stats`: what containers use.

use anyhow::Context as _;
use talos_api::proto::machine::StatsRequest;

use super::containers::{self, KUBERNETES};
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};

/// An old flag that never changes anything. It is taken so that old scripts go on working.
pub(crate) static USE_CRI: FlagOf<bool> =
    FlagOf::switch("use-cri", "Has no effect, --kubernetes takes its place").short('c').hidden();

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::None,
    flags: &[KUBERNETES.row(), OUTPUT.row(), USE_CRI.row()],
    run: Some(run),
    ..Command::new("stats", "Show what containers use")
};

const COLUMNS: [Column; 5] = [
    column("NODE", "node"),
    column("NAMESPACE", "namespace"),
    column("ID", "id"),
    column("MEMORY(MB)", "memory"),
    column("CPU", "cpu"),
];

#[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
fn megabytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 * 1e-6)
}

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let (namespace, driver) = containers::place(call.get(&KUBERNETES));
    let request = StatsRequest { namespace: namespace.to_owned(), driver: driver.into() };
    connect::run(call, Access::Nodes, io, async |session, io| {
        let replies = session.some(session.client().stats(request), io).await.context("error getting stats")?;
        let mut listing = Listing::new(&COLUMNS, Format::of(call));
        for reply in replies {
            let mut stats = reply.value.stats;
            stats.sort_by(|a, b| a.id.cmp(&b.id));
            for stat in stats {
                listing.row([
                    Cell::from(&reply.node),
                    stat.namespace.into(),
                    Cell::shown(containers::shown_id(&stat.id, &stat.pod_id), stat.id),
                    Cell::shown(megabytes(stat.memory_usage), stat.memory_usage),
                    stat.cpu_usage.into(),
                ]);
            }
        }
        Ok(listing.print(io)?)
    })
}
