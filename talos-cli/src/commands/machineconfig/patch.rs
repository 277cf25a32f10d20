//! `talosctl machineconfig patch`: patches laid over the configuration in a file.

use std::io::Write;

use anyhow::Context;
use talos_config::patch::Input;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::diagnose;
use crate::files::{self, PUBLIC};
use crate::flag::FlagOf;
use crate::io::Io;

static OUTPUT: FlagOf<str> = FlagOf::text("output", "File to write (default standard output)").short('o');
static PATCH: FlagOf<[String]> = FlagOf::repeated("patch", "Patch to apply; @file reads it from a file").short('p');

pub(crate) static COMMAND: Command = Command {
    long: "Apply patches to the configuration in a file, in the order in which they are given. A patch is a part of a
configuration, which is merged, or a list of RFC 6902 operations in JSON or YAML. The file itself is not changed unless
--output names it.",
    examples: "  talosctl machineconfig patch worker.yaml --patch @hostname.yaml --output worker-1.yaml",
    arguments: Arguments::Exactly(1),
    flags: &[OUTPUT.row(), PATCH.row()],
    run: Some(run),
    ..Command::new("patch <machineconfig-file>", "Patch the configuration in a file")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let path = &call.arguments[0];
    let text = files::read(&io.environment, path)?;
    let patches = diagnose::load_patches(&call.get(&PATCH), &io.environment)?;
    let mut patched = diagnose::apply(path, Input::Text(text), &patches)?.into_text();
    match call.get(&OUTPUT) {
        "" => {
            patched.push(b'\n');
            io.stdout.write_all(&patched)?;
        }
        output => {
            files::make_folders(&io.environment, files::folder_of(output), 0o777)
                .context("failed to create output dir")?;
            files::write(&io.environment, output, &patched, PUBLIC)?;
        }
    }
    Ok(())
}
