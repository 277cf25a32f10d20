//! `talosctl config merge`: contexts of another file.

use anyhow::Context as _;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::io::Io;
use crate::talosconfig::File;

pub(crate) static COMMAND: Command = Command {
    long: "Add the contexts of another client configuration. A context whose name is taken gets a number behind its name. If
the other file has a current context, it becomes the current one.",
    arguments: Arguments::AtLeast(1),
    run: Some(run),
    ..Command::new("merge <from>", "Add the contexts of another file")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let mut file = super::open(call, &io.environment)?;
    let other = File::open_given(&call.arguments[0], &io.environment).context("error reading config")?;
    for rename in file.config.merge(other.config) {
        io.note(rename);
    }
    super::save(&file, &io.environment)
}
