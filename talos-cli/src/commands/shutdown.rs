//! `talosctl shutdown`.

use anyhow::Context as _;
use talos_api::proto::machine::ShutdownRequest;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::io::Io;
use crate::track::{self, Action, Afterwards, DEBUG, TIMEOUT, Tracked, Until, WAIT};

static FORCE: FlagOf<bool> = FlagOf::switch("force", "Do not cordon and drain the Kubernetes node before");

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::None,
    flags: &[DEBUG.row(), FORCE.row(), TIMEOUT.row(), WAIT.row()],
    run: Some(run),
    ..Command::new("shutdown", "Power machines off")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let action = Action::Shutdown(ShutdownRequest { force: call.get(&FORCE) });
    connect::run(call, Access::Nodes, io, async |session, io| {
        if !track::wanted(call) {
            return track::send(session, &action, io).await?.context("error executing shutdown");
        }
        let tracked = Tracked { action, until: Until::Stopped, afterwards: Afterwards::Nothing };
        track::run(session, call, tracked, io).await
    })
}
