//! `talosctl etcd status`.

use anyhow::Context as _;
use talos_config_yaml::value::Value;

use crate::call::Call;
use crate::command::Command;
use crate::connect::{self, Access};
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};
use crate::size;

pub(crate) static COMMAND: Command = Command {
    flags: &[OUTPUT.row()],
    run: Some(run),
    ..Command::new("status", "Show the state of the member of etcd on each machine")
};

const COLUMNS: [Column; 10] = [
    column("NODE", "node"),
    column("MEMBER", "memberId"),
    column("DB SIZE", "dbSize"),
    column("IN USE", "dbSizeInUse"),
    column("LEADER", "leader"),
    column("RAFT INDEX", "raftIndex"),
    column("RAFT TERM", "raftTerm"),
    column("RAFT APPLIED INDEX", "raftAppliedIndex"),
    column("LEARNER", "isLearner"),
    column("ERRORS", "errors"),
];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        let replies = session.some(session.client().etcd_status(), io).await.context("error getting status")?;
        let mut listing = Listing::new(&COLUMNS, Format::of(call));
        listing.hide_first(replies.iter().all(|reply| !reply.is_named));
        for reply in replies {
            let status = reply.value.member_status.unwrap_or_default();
            let (size, used) = (status.db_size, status.db_size_in_use);
            listing.row([
                reply.node.into(),
                super::id(status.member_id).into(),
                Cell::of(bytes(size), Value::Int(size)),
                Cell::of(format!("{} ({:.2}%)", bytes(used), share(used, size)), Value::Int(used)),
                super::id(status.leader).into(),
                status.raft_index.into(),
                status.raft_term.into(),
                status.raft_applied_index.into(),
                status.is_learner.into(),
                Cell::list(status.errors, ", "),
            ]);
        }
        Ok(listing.print(io)?)
    })
}

fn bytes(number: i64) -> String {
    size::decimal(number.cast_unsigned())
}

/// A part in per cent.
#[expect(clippy::cast_precision_loss, reason = "two decimals are shown")]
fn share(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 }
}
