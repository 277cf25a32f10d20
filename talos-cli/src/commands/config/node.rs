//! `talosctl config node`: the machines commands are about when they name none.

use crate::call::Call;
use crate::command::Command;
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    long: "Set the machines that commands are about when they name none. Without any, the list is cleared.",
    aliases: &["nodes"],
    run: Some(run),
    ..Command::new("node <endpoint>...", "Set the nodes of a context")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let mut file = super::open(call, &io.environment)?;
    file.chosen(call)?.nodes = super::trimmed(call.arguments);
    super::save(&file, &io.environment)
}
