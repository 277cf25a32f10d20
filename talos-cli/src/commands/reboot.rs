//! `talosctl reboot`.

use anyhow::{Context as _, bail};
use talos_api::proto::machine::RebootRequest;
use talos_api::proto::machine::reboot_request::Mode;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::go;
use crate::io::Io;
use crate::track::{self, Action, Afterwards, DEBUG, TIMEOUT, Tracked, Until, WAIT};

static MODE: FlagOf<str> = FlagOf::text("mode", "How to reboot: default, or powercycle to go through the firmware")
    .short('m')
    .default("default");

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::None,
    flags: &[DEBUG.row(), MODE.row(), TIMEOUT.row(), WAIT.row()],
    run: Some(run),
    ..Command::new("reboot", "Reboot machines")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let mode = match call.get(&MODE) {
        "default" => Mode::Default,
        "powercycle" => Mode::Powercycle,
        other => bail!("invalid reboot mode: {}", go::quote(other)),
    };
    let action = Action::Reboot(RebootRequest { mode: mode.into() });
    connect::run(call, Access::Nodes, io, async |session, io| {
        if !track::wanted(call) {
            return track::send(session, &action, io).await?.context("error executing reboot");
        }
        let tracked = Tracked { action, until: Until::Running, afterwards: Afterwards::Booted };
        track::run(session, call, tracked, io).await
    })
}
