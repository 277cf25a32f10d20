//! `talosctl etcd defrag`.

use crate::call::Call;
use crate::command::Command;
use crate::connect::{self, Access};
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    long: "Give space that the database of a member does not use any more back to the file system. The member answers nobody
meanwhile, so take one after the other.",
    run: Some(run),
    ..Command::new("defrag", "Shrink the database of a member of etcd")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, _| {
        session.single_node("etcd defrag")?;
        session.all(session.client().etcd_defragment()).await?;
        Ok(())
    })
}
