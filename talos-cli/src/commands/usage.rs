//! `talosctl usage`: how much space files take.

use anyhow::Context as _;
use talos_api::proto::machine::DiskUsageRequest;

use crate::call::Call;
use crate::command::Command;
use crate::completion::Completer;
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};
use crate::size;

static ALL: FlagOf<bool> = FlagOf::switch("all", "Show files, too").short('a');
static DEPTH: FlagOf<i32> = FlagOf::int32("depth", "How many levels of folders to show, one if not given").short('d');
static HUMANIZE: FlagOf<bool> = FlagOf::switch("humanize", "Show sizes with units").short('H');
static THRESHOLD: FlagOf<i64> =
    FlagOf::int64("threshold", "Leave out what is smaller than this, or larger if it is negative").short('t');

pub(crate) static COMMAND: Command = Command {
    aliases: &["du"],
    flags: &[ALL.row(), DEPTH.row(), HUMANIZE.row(), OUTPUT.row(), THRESHOLD.row()],
    run: Some(run),
    completer: Completer::Dynamic(connect::completion::folder),
    ..Command::new("usage [path1] [path2] ... [pathN]", "Show how much space files take")
};

const COLUMNS: [Column; 3] = [column("NODE", "node"), column("SIZE", "size"), column("NAME", "name")];

/// Levels below the given paths that are shown unless the user says otherwise.
const USUAL_DEPTH: i32 = 1;

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let depth = if call.given(DEPTH.row()) { call.get(&DEPTH) } else { USUAL_DEPTH };
    let paths = if call.arguments.is_empty() { vec!["/".to_owned()] } else { call.arguments.to_vec() };
    let request = DiskUsageRequest {
        recursion_depth: depth.saturating_add(1),
        all: call.get(&ALL),
        threshold: call.get(&THRESHOLD),
        paths,
    };
    let human = call.get(&HUMANIZE);
    connect::run(call, Access::Nodes, io, async |session, io| {
        let stream = session.ask(session.client().disk_usage(request)).await.context("error fetching disk usage")?;
        let mut listing = Listing::new(&COLUMNS, Format::of(call));
        let mut named = false;
        let outcome = session
            .each(stream, io, |reply, failures, _| {
                let file = reply.value;
                if !file.error.is_empty() {
                    failures.push(file.error);
                    return Ok(());
                }
                named |= reply.is_named;
                let shown = match u64::try_from(file.size) {
                    Ok(bytes) if human => size::decimal(bytes),
                    _ => file.size.to_string(),
                };
                listing.row([reply.node.into(), Cell::shown(shown, file.size), file.relative_name.into()]);
                Ok(())
            })
            .await;
        let has_rows = !listing.is_empty();
        listing.header(has_rows).hide_first(!named).print(io)?;
        outcome
    })
}
