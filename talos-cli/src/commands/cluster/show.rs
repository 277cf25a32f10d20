//! `talosctl cluster show`: what a cluster on this computer is made of.

use talos_node::local::process;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::None,
    run: Some(run),
    ..Command::new("show", "Show the network and the machines of a cluster on this computer")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    super::check_provisioner(call)?;
    let state = process::reflect(&super::clusters(call, &io.environment)?, super::name(call)?)?;
    super::show_cluster(&state, io)
}
