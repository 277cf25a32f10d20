//! `talosctl image`: container images of machines.

mod default;

use crate::command::Command;
use crate::flag::FlagOf;

pub(crate) use default::print;

pub(crate) static NAMESPACE: FlagOf<str> =
    FlagOf::text("namespace", "Namespace of the images: cri or system").word("system").default("cri");

pub(crate) static COMMAND: Command = Command {
    persistent: &[NAMESPACE.row()],
    children: &[&default::COMMAND],
    ..Command::new("image", "Look at and fetch container images")
};
