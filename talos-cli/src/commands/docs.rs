//! `talosctl docs`: the reference pages as files.

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::files::{self, PUBLIC};
use crate::flag::{FlagOf, Visibility};
use crate::go::path;
use crate::io::Io;
use crate::reference;

static CLI: FlagOf<bool> = FlagOf::switch("cli", "Write the page of the command line only");
static CONFIG: FlagOf<bool> = FlagOf::switch("config", "Write the page of the configuration only");

pub(crate) static COMMAND: Command = Command {
    long: "Write the reference pages into a folder: cli.md for the command line, configuration.md for the machine
configuration.",
    visibility: Visibility::Hidden,
    arguments: Arguments::Exactly(1),
    flags: &[CLI.row(), CONFIG.row()],
    run: Some(run),
    completer: Completer::Folders,
    ..Command::new("docs <output> [flags]", "Write the reference pages")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let folder = &call.arguments[0];
    let (cli, config) = (call.get(&CLI), call.get(&CONFIG));
    files::make_folders(&io.environment, folder, 0o777)?;
    let write =
        |name: &str, page: String| files::write(&io.environment, &path::join(folder, name), page.as_bytes(), PUBLIC);
    if cli || !config {
        write("cli.md", reference::markdown())?;
    }
    if config || !cli {
        write("configuration.md", talos_config::reference::markdown())?;
    }
    Ok(())
}
