//! `talosctl machineconfig gen`: the configurations of a new cluster, without a choice.

use crate::command::{Arguments, Command};
use crate::commands::r#gen::config;

pub(crate) static COMMAND: Command = Command {
    long: config::LONG,
    examples: "  talosctl machineconfig gen home https://10.5.0.2:6443",
    arguments: Arguments::Exactly(2),
    run: Some(config::run_with_defaults),
    ..Command::new("gen <cluster name> <cluster endpoint>", config::SHORT)
};
