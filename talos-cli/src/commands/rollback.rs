//! `talosctl rollback`: boots what was installed before.

use anyhow::Context as _;

use crate::call::Call;
use crate::command::Command;
use crate::connect::{self, Access};
use crate::io::Io;

pub(crate) static COMMAND: Command =
    Command { run: Some(run), ..Command::new("rollback", "Boot the version that was installed before") };

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, _| {
        session.all(session.client().rollback()).await.context("error executing rollback")?;
        Ok(())
    })
}
