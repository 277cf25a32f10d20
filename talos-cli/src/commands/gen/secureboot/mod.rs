//! `talosctl gen secureboot`: keys for trusted boot.

mod pcr;
mod uki;

use super::FORCE;
use crate::call::Call;
use crate::command::Command;
use crate::files::{self, PRIVATE};
use crate::flag::FlagOf;
use crate::go::path;
use crate::io::Io;

static OUTPUT: FlagOf<str> = FlagOf::text("output", "Folder the files are written to").short('o').default("_out");

pub(crate) static COMMAND: Command = Command {
    persistent: &[OUTPUT.row()],
    children: &[&pcr::COMMAND, &uki::COMMAND],
    ..Command::new("secureboot", "Make keys for SecureBoot and disk encryption")
};

/// Writes a file into the output folder and says so.
fn write(call: &Call<'_>, name: &str, bytes: &[u8], io: &mut Io<'_>) -> anyhow::Result<()> {
    let path = path::join(call.get(&OUTPUT), name);
    files::refuse_existing(&io.environment, &path, call.get(&FORCE))?;
    files::make_folders(&io.environment, &files::folder_of(&path), 0o700)?;
    io.note(format_args!("writing {path}"));
    Ok(files::write(&io.environment, &path, bytes, PRIVATE)?)
}
