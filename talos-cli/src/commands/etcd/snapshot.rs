//! `talosctl etcd snapshot`.

use std::fs::File;
use std::io::{BufReader, Write};

use anyhow::{Context as _, bail};

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access, Failure};
use crate::files::{self, PRIVATE, Temporary};
use crate::go;
use crate::io::Io;
use crate::snapshot::{self, CHECKSUM_LENGTH, Checksum};

pub(crate) static COMMAND: Command = Command {
    long: "Save a snapshot of etcd to a file and check it. `talosctl bootstrap --recover-from` brings a cluster back from it.",
    arguments: Arguments::Exactly(1),
    run: Some(run),
    ..Command::new("snapshot <path>", "Save a snapshot of etcd")
};

/// Databases consist of blocks of this many bytes.
const BLOCK: u64 = 512;

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let path = &call.arguments[0];
    connect::run(call, Access::Nodes, io, async |session, io| {
        session.single_node("etcd snapshot")?;
        let part = format!("{path}.part");
        let mut file = Temporary::named(&io.environment.path(&part), PRIVATE)
            .map_err(|error| files::failure("open", &part, error))
            .context("error creating temporary file")?;
        let mut snapshot = session.ask(session.client().etcd_snapshot()).await.context("error reading file")?;
        let (mut size, mut checksum) = (0, Checksum::default());
        loop {
            let chunk = session.next(&mut snapshot).await;
            for failure in snapshot.take_failures() {
                io.note(failure.text());
            }
            let Some(chunk) = chunk else { break };
            let chunk = chunk.map_err(Failure::from).context("error reading")?;
            file.file().write_all(&chunk).map_err(|error| files::failure("write", &part, error))?;
            checksum.push(&chunk);
            size += chunk.len() as u64;
        }
        if session.interrupt().is_set() {
            return Err(Failure::interrupted()).context("error reading");
        }
        file.file().sync_all().map_err(|error| files::failure("sync", &part, error)).context("failed to fsync")?;
        if size % BLOCK != CHECKSUM_LENGTH {
            bail!("sha256 checksum not found (size {size})");
        }
        if !checksum.is_right() {
            bail!("sha256 checksum does not match, the snapshot was damaged on its way (size {size})");
        }
        let info = inspect(&part, io)?;
        file.rename(&io.environment.path(path))
            .map_err(|error| files::failure("rename", &part, error))
            .context("error renaming to final location")?;
        writeln!(io.stdout, "etcd snapshot saved to {} ({size} bytes)", go::quote(path))?;
        writeln!(io.stdout, "snapshot info: {}", describe(&info))?;
        Ok(())
    })
}

/// Checks the snapshot in a file.
pub(crate) fn inspect(path: &str, io: &Io<'_>) -> anyhow::Result<snapshot::Info> {
    let file = File::open(io.environment.path(path)).map_err(|error| files::failure("open", path, error))?;
    Ok(snapshot::inspect(BufReader::new(file))?)
}

/// What a snapshot holds, in one line.
pub(crate) fn describe(info: &snapshot::Info) -> String {
    let snapshot::Info { hash, revision, total_keys, total_size } = info;
    format!("hash {hash:08x}, revision {revision}, total keys {total_keys}, total size {total_size}")
}
