//! `talosctl image pull`.

use anyhow::Context as _;
use talos_api::proto::machine::ImagePullRequest;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    aliases: &["p"],
    arguments: Arguments::Exactly(1),
    run: Some(run),
    ..Command::new("pull", "Pull a container image")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, _| {
        let reference = call.arguments[0].clone();
        let request = ImagePullRequest { namespace: super::namespace(call)?.into(), reference };
        session.all(session.client().image_pull(request)).await.context("error pulling image")?;
        Ok(())
    })
}
