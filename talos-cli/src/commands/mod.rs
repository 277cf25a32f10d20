//! One file per command: its row of the table, and what it does.

mod complete;
mod completion;
mod config;
#[cfg(feature = "online")]
mod containers;
mod docs;
mod r#gen;
pub(crate) mod global;
mod help;
mod image;
mod images;
mod inject;
mod machineconfig;
mod validate;
mod version;

use crate::command::Command;

pub(crate) static ROOT: Command = Command {
    long: "talosctl makes and changes the configuration of Talos machines, and talks to the machines through their API.",
    persistent: &[
        global::CLUSTER.row(),
        global::CONTEXT.row(),
        global::DIAGNOSTICS.row(),
        global::ENDPOINTS.row(),
        global::NODES.row(),
        global::TALOSCONFIG.row(),
    ],
    children: &[
        &complete::COMPLETE,
        &complete::COMPLETE_WITHOUT_DESCRIPTIONS,
        &completion::COMMAND,
        &config::COMMAND,
        &docs::COMMAND,
        #[cfg(feature = "online")]
        &containers::COMMAND,
        &r#gen::COMMAND,
        &help::COMMAND,
        &image::COMMAND,
        &images::COMMAND,
        &inject::COMMAND,
        &machineconfig::COMMAND,
        &validate::COMMAND,
        &version::COMMAND,
    ],
    ..Command::new("talosctl", "Manage Talos machines and clusters")
};
