//! Commands of former versions. They only say what took their place.

use anyhow::bail;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::flag::{FlagOf, Visibility};
use crate::io::Io;

pub(crate) static INTERFACES: Command = Command {
    visibility: Visibility::Hidden,
    arguments: Arguments::None,
    run: Some(interfaces),
    ..Command::new("interfaces", "Use `talosctl get addresses` and `talosctl get links`")
};

pub(crate) static ROUTES: Command = Command {
    aliases: &["route"],
    visibility: Visibility::Hidden,
    arguments: Arguments::None,
    run: Some(routes),
    ..Command::new("routes", "Use `talosctl get routes`")
};

static CONTROL_PLANE_NODES: FlagOf<[String]> = FlagOf::list("control-plane-nodes", "Has no effect");
static INIT_NODE: FlagOf<str> = FlagOf::text("init-node", "Has no effect");
static WORKER_NODES: FlagOf<[String]> = FlagOf::list("worker-nodes", "Has no effect");

pub(crate) static CRASHDUMP: Command = Command {
    visibility: Visibility::Hidden,
    arguments: Arguments::None,
    flags: &[CONTROL_PLANE_NODES.row(), INIT_NODE.row(), WORKER_NODES.row()],
    run: Some(crashdump),
    ..Command::new("crashdump", "Use `talosctl support`")
};

fn interfaces(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    refuse(call, io, "interfaces", "`talosctl get addresses` and `talosctl get links`")
}

fn routes(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    refuse(call, io, "routes", "`talosctl get routes`")
}

fn crashdump(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    refuse(call, io, "crashdump", "`talosctl support`")
}

/// Somebody without a usable client configuration hears of that first, as from any command about machines.
fn refuse(call: &Call<'_>, io: &mut Io<'_>, command: &str, instead: &str) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |_, _| {
        bail!("`talosctl {command}` is deprecated, please use {instead} instead");
    })
}
