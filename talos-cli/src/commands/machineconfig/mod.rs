//! `talosctl machineconfig`: configurations as files.

mod diff;
mod r#gen;
mod lint;
mod patch;

use crate::command::Command;

pub(crate) static COMMAND: Command = Command {
    aliases: &["mc"],
    children: &[&diff::COMMAND, &r#gen::COMMAND, &lint::COMMAND, &patch::COMMAND],
    ..Command::new("machineconfig", "Make and change configurations as files")
};
