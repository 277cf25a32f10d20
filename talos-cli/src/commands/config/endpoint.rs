//! `talosctl config endpoint`: the machines that are dialled.

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    aliases: &["endpoints"],
    arguments: Arguments::AtLeast(1),
    run: Some(run),
    ..Command::new("endpoint <endpoint>...", "Set the endpoints of a context")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let mut file = super::open(call, &io.environment)?;
    file.chosen(call)?.endpoints = super::trimmed(call.arguments);
    super::save(&file, &io.environment)
}
