//! `talosctl etcd forfeit-leadership`.

use crate::call::Call;
use crate::command::Command;
use crate::connect::{self, Access};
use crate::io::Io;

pub(crate) static COMMAND: Command =
    Command { run: Some(run), ..Command::new("forfeit-leadership", "Ask a member of etcd to hand leadership over") };

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, _| {
        session.all(session.client().etcd_forfeit_leadership()).await?;
        Ok(())
    })
}
