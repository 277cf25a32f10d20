//! `talosctl restart`: restarts containers.

use anyhow::Context as _;
use talos_api::proto::machine::RestartRequest;

use super::containers::{self, KUBERNETES};
use super::running;
use super::stats::USE_CRI;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access};
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::Exactly(1),
    flags: &[KUBERNETES.row(), USE_CRI.row()],
    run: Some(run),
    completer: Completer::Dynamic(running::restartable),
    ..Command::new("restart <id>", "Restart a container")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let (namespace, driver) = containers::place(call.get(&KUBERNETES));
    let id = call.arguments[0].clone();
    let request = RestartRequest { namespace: namespace.to_owned(), id, driver: driver.into() };
    connect::run(call, Access::Nodes, io, async |session, _| {
        session.all(session.client().restart(request)).await.context("error restarting process")?;
        Ok(())
    })
}
