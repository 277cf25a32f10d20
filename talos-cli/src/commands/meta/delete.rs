//! `talosctl meta delete`.

use talos_api::proto::machine::MetaDeleteRequest;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::Exactly(1),
    run: Some(run),
    ..Command::new("delete key", "Delete a value of the META partition")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, _| {
        let request = MetaDeleteRequest { key: super::key(&call.arguments[0])? };
        session.all(session.client().meta_delete(request)).await?;
        Ok(())
    })
}
