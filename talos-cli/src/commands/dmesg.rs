//! `talosctl dmesg`: the kernel log.

use std::io::Write;

use anyhow::Context as _;
use talos_api::proto::machine::DmesgRequest;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::io::Io;

static FOLLOW: FlagOf<bool> = FlagOf::switch("follow", "Go on with new messages as they come").short('f');
static TAIL: FlagOf<bool> = FlagOf::switch("tail", "Leave old messages out, for --follow");

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::None,
    flags: &[FOLLOW.row(), TAIL.row()],
    run: Some(run),
    ..Command::new("dmesg", "Show the kernel log")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let request = DmesgRequest { follow: call.get(&FOLLOW), tail: call.get(&TAIL) };
    connect::run(call, Access::Nodes, io, async |session, io| {
        let stream = session.ask(session.client().dmesg(request)).await.context("error getting dmesg")?;
        let mut line = Vec::new();
        session
            .each(stream, io, |reply, _, io| {
                line.clear();
                line.extend_from_slice(reply.node.as_bytes());
                line.extend_from_slice(b": ");
                line.extend_from_slice(&reply.value.bytes);
                Ok(io.stdout.write_all(&line)?)
            })
            .await
    })
}
