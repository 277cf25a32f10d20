//! `talosctl bootstrap`: the first start of etcd in a cluster.

use std::io::Write;

use anyhow::Context as _;
use talos_api::proto::machine::BootstrapRequest;

use super::etcd::snapshot;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access, Session};
use crate::files;
use crate::flag::FlagOf;
use crate::go;
use crate::io::Io;

static RECOVER_FROM: FlagOf<str> =
    FlagOf::text("recover-from", "Snapshot of etcd to start from, instead of an empty database")
        .completed_by(Completer::Files);
static RECOVER_SKIP_HASH_CHECK: FlagOf<bool> = FlagOf::switch(
    "recover-skip-hash-check",
    "Let the machine take a snapshot without a checksum, such as a copied database file",
);

pub(crate) static COMMAND: Command = Command {
    long: "Start etcd for the first time, on one control plane machine of a new cluster; the other machines join by themselves.
This is needed once in the life of a cluster, and once more to bring it back from a snapshot after all members are lost.",
    arguments: Arguments::None,
    flags: &[RECOVER_FROM.row(), RECOVER_SKIP_HASH_CHECK.row()],
    run: Some(run),
    ..Command::new("bootstrap", "Start etcd for the first time in a cluster")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let from = call.get(&RECOVER_FROM);
    connect::run(call, Access::Nodes, io, async |session, io| {
        session.single_node("bootstrap")?;
        if !from.is_empty() {
            upload(session, from, io).await?;
        }
        let request = BootstrapRequest {
            recover_etcd: !from.is_empty(),
            recover_skip_hash_check: !from.is_empty() && call.get(&RECOVER_SKIP_HASH_CHECK),
        };
        session.all(session.client().bootstrap(request)).await.context("error executing bootstrap")?;
        Ok(())
    })
}

async fn upload(session: &Session, path: &str, io: &mut Io<'_>) -> anyhow::Result<()> {
    let full = io.environment.path(path);
    std::fs::metadata(&full).map_err(|error| files::failure("stat", path, error))?;
    let info = snapshot::inspect(path, io)?;
    writeln!(io.stdout, "recovering from snapshot {}: {}", go::quote(path), snapshot::describe(&info))?;
    let file = tokio::fs::File::open(&full).await.map_err(|error| files::failure("open", path, error));
    let file = file.context("error opening snapshot file")?;
    session.all(session.client().etcd_recover(file)).await.context("error uploading snapshot")?;
    Ok(())
}
