//! `talosctl meta write`.

use talos_api::proto::machine::MetaWriteRequest;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::Exactly(2),
    run: Some(run),
    ..Command::new("write key value", "Write a value of the META partition")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, _| {
        let key = super::key(&call.arguments[0])?;
        let request = MetaWriteRequest { key, value: call.arguments[1].clone().into_bytes() };
        session.all(session.client().meta_write(request)).await?;
        Ok(())
    })
}
