//! `talosctl read`: the content of a file.

use std::io::Write;

use anyhow::Context as _;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access, Failure, StreamFailures};
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    aliases: &["cat"],
    arguments: Arguments::Exactly(1),
    run: Some(run),
    completer: Completer::Dynamic(connect::completion::path),
    ..Command::new("read <path>", "Print a file of a machine")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        session.single_node("read")?;
        let mut file = session.ask(session.client().read(&call.arguments[0])).await.context("error reading file")?;
        while let Some(chunk) = session.next(&mut file).await {
            io.stdout.write_all(&chunk.map_err(Failure::from).context("error reading")?)?;
        }
        let mut failures = StreamFailures::default();
        for failure in file.take_failures() {
            failures.push(failure.text());
        }
        failures.into_result(io.coloured())
    })
}
