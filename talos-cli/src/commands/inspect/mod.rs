//! `talosctl inspect`: the insides of machines.

pub(crate) mod dependencies;

use crate::command::Command;

pub(crate) static COMMAND: Command =
    Command { children: &[&dependencies::COMMAND], ..Command::new("inspect", "Look into the insides of machines") };
