//! `talosctl etcd leave`.

use crate::call::Call;
use crate::command::Command;
use crate::connect::{self, Access};
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    long: "Make a machine leave its etcd cluster. Its database is deleted.",
    run: Some(run),
    ..Command::new("leave", "Make a machine leave its etcd cluster")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, _| {
        session.single_node("etcd leave")?;
        session.all(session.client().etcd_leave_cluster()).await?;
        Ok(())
    })
}
