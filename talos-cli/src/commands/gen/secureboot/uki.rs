//! `talosctl gen secureboot uki`: what unified kernel images are signed with.

use talos_pki::authority::AUTHORITY_LIFETIME;
use talos_pki::certificate::Validity;
use talos_pki::key::SignatureAlgorithm;
use talos_pki::{AuthorityParams, CertificateAuthority};

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::flag::FlagOf;
use crate::global::SystemRandom;
use crate::io::Io;

static COMMON_NAME: FlagOf<str> =
    FlagOf::text("common-name", "Name of the certificate's owner").default("Test UKI Signing Key");

pub(crate) static COMMAND: Command = Command {
    long: "Make an RSA key of 4096 bits and a certificate valid for ten years, for signing unified kernel images:
uki-signing-key.pem and uki-signing-cert.pem.",
    arguments: Arguments::None,
    flags: &[COMMON_NAME.row()],
    run: Some(run),
    ..Command::new("uki", "Make the key that signs boot images")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let validity = Validity::from_now(&io.environment, AUTHORITY_LIFETIME)?;
    let params = AuthorityParams {
        signature: SignatureAlgorithm::RsaSha512,
        ..AuthorityParams::new(call.get(&COMMON_NAME), validity)
    };
    let pair = CertificateAuthority::generate(&params, &mut SystemRandom)?.to_pem();
    super::write(call, "uki-signing-cert.pem", &pair.crt, io)?;
    super::write(call, "uki-signing-key.pem", &pair.key, io)
}
