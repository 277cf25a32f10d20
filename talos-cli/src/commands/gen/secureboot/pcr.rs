//! `talosctl gen secureboot pcr`: what policies of the TPM's measurements are signed with.

use talos_pki::KeyPair;
use talos_pki::key::KeySpec;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::global::SystemRandom;
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    long: "Make an RSA key of 2048 bits for signing the policies that bind disk encryption to measured boots:
pcr-signing-key.pem and pcr-signing-public-key.pem.",
    arguments: Arguments::None,
    run: Some(run),
    ..Command::new("pcr", "Make the key that signs TPM policies")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let key = KeyPair::generate(KeySpec::Rsa2048, &mut SystemRandom)?;
    super::write(call, "pcr-signing-key.pem", &key.to_pem().key, io)?;
    super::write(call, "pcr-signing-public-key.pem", &key.public_key().to_pem(), io)
}
