//! `talosctl machineconfig`: configurations as files.

mod patch;

use crate::command::Command;

pub(crate) static COMMAND: Command = Command {
    aliases: &["mc"],
    children: &[&patch::COMMAND],
    ..Command::new("machineconfig", "Make and change configurations as files")
};
