//! `talosctl etcd`: the database of the control plane.

mod alarm;
mod defrag;
mod forfeit_leadership;
mod leave;
mod members;
mod remove_member;
pub(super) mod snapshot;
mod status;

use crate::command::Command;

pub(crate) static COMMAND: Command = Command {
    children: &[
        &alarm::COMMAND,
        &defrag::COMMAND,
        &forfeit_leadership::COMMAND,
        &leave::COMMAND,
        &members::COMMAND,
        &remove_member::COMMAND,
        &snapshot::COMMAND,
        &status::COMMAND,
    ],
    ..Command::new("etcd", "Look after etcd, the database of the control plane")
};

/// Ids of members, as etcd writes them.
fn id(id: u64) -> String {
    format!("{id:016x}")
}
