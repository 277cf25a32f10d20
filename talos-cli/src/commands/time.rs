//! `talosctl time`: clocks of machines against a time server.

use anyhow::Context as _;
use prost_types::Timestamp;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::go::moment;
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};

static CHECK: FlagOf<str> =
    FlagOf::text("check", "Compare with this time server instead of the configured one").short('c');

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::None,
    flags: &[CHECK.row(), OUTPUT.row()],
    run: Some(run),
    ..Command::new("time [--check server]", "Compare the clocks of machines with a time server")
};

const COLUMNS: [Column; 4] = [
    column("NODE", "node"),
    column("NTP-SERVER", "server"),
    column("NODE-TIME", "nodeTime"),
    column("NTP-SERVER-TIME", "serverTime"),
];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let server = call.get(&CHECK);
    connect::run(call, Access::Nodes, io, async |session, io| {
        let replies = if server.is_empty() {
            session.some(session.client().time(), io).await
        } else {
            session.some(session.client().time_check(server), io).await
        };
        let mut listing = Listing::new(&COLUMNS, Format::of(call));
        for reply in replies.context("error fetching time")? {
            let [local, remote] = [(reply.value.localtime, "local"), (reply.value.remotetime, "remote")]
                .map(|(time, whose)| cell(time.as_ref()).with_context(|| format!("error parsing {whose} time")));
            listing.row([Cell::from(reply.node), reply.value.server.into(), local?, remote?]);
        }
        Ok(listing.print(io)?)
    })
}

fn cell(time: Option<&Timestamp>) -> Result<Cell, moment::Invalid> {
    let time = moment::valid(time)?;
    Ok(Cell::shown(moment::long(time.seconds, time.nanos), moment::rfc3339(time.seconds)))
}
