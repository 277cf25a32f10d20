//! `talosctl machineconfig`: configurations as files.

mod r#gen;
mod patch;

use crate::command::Command;

pub(crate) static COMMAND: Command = Command {
    aliases: &["mc"],
    children: &[&r#gen::COMMAND, &patch::COMMAND],
    ..Command::new("machineconfig", "Make and change configurations as files")
};
