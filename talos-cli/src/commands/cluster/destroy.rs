//! `talosctl cluster destroy`: removes a cluster from this computer.

use anyhow::bail;
use talos_node::local::process;
use talos_node::local::state::{self, ClusterInfo, State};

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::flag::FlagOf;
use crate::io::Io;

static FORCE: FlagOf<bool> =
    FlagOf::switch("force", "Remove the folder of the cluster also when something else cannot be removed").short('f');

pub(crate) static COMMAND: Command = Command {
    long: "End the machines of a cluster on this computer, and remove its network and its folder. The context of the cluster stays
in the client configuration.",
    arguments: Arguments::None,
    persistent: &[FORCE.row()],
    run: Some(run),
    ..Command::new("destroy", "Remove a cluster from this computer")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    super::check_provisioner(call)?;
    let clusters = super::clusters(call, &io.environment)?;
    let name = super::name(call)?;
    let force = call.get(&FORCE);
    let isolation = super::isolation(name, &io.environment);
    let state = match process::reflect(&clusters, name) {
        // What can be found without it is removed.
        Err(state::Error::Read { .. } | state::Error::Syntax(_) | state::Error::Types(_)) if force => {
            let bridge = isolation.as_ref().map(|isolation| isolation.bridge()).unwrap_or_default();
            let info = ClusterInfo { name: name.to_owned(), ..ClusterInfo::default() };
            State { bridge, info, ..State::default() }
        }
        state => state?,
    };
    let isolation = if state.bridge.is_empty() { None } else { isolation };
    if isolation.is_none() && !state.bridge.is_empty() && !force {
        bail!("the network of the cluster cannot be removed without the program ip (iproute2)");
    }
    process::destroy(&clusters, &state, isolation.as_ref(), force, |step| io.note(step))?;
    Ok(())
}
