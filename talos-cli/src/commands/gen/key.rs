//! `talosctl gen key`: an Ed25519 key.

use anyhow::Context;
use talos_pki::KeyPair;
use talos_pki::key::KeySpec;

use super::FORCE;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::files::{self, PRIVATE};
use crate::flag::FlagOf;
use crate::global::SystemRandom;
use crate::io::Io;

static NAME: FlagOf<str> = FlagOf::text("name", "First part of the file name").required();

pub(crate) static COMMAND: Command = Command {
    long: "Make an Ed25519 private key in the file NAME.key.",
    examples: "  talosctl gen key --name admin",
    arguments: Arguments::None,
    flags: &[NAME.row()],
    run: Some(run),
    ..Command::new("key", "Make a private key")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let path = format!("{}.key", call.get(&NAME));
    files::refuse_existing(&io.environment, &path, call.get(&FORCE))?;
    let key = KeyPair::generate(KeySpec::Ed25519, &mut SystemRandom).context("error generating key")?;
    files::write(&io.environment, &path, &key.to_pem().key, PRIVATE).context("error writing key")
}
