//! `talosctl etcd alarm disarm`.

use anyhow::Context as _;

use crate::call::Call;
use crate::command::Command;
use crate::connect::{self, Access};
use crate::io::Io;
use crate::output::{Format, OUTPUT};

pub(crate) static COMMAND: Command = Command {
    flags: &[OUTPUT.row()],
    run: Some(run),
    ..Command::new("disarm", "Clear the alarms of etcd and list those that were cleared")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        let replies = session.some(session.client().etcd_alarm_disarm(), io).await.context("error disarming alarms")?;
        super::print(replies, Format::of(call), io)
    })
}
