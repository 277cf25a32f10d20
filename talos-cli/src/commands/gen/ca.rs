//! `talosctl gen ca`: a self-signed certificate authority.

use anyhow::Context;
use talos_pki::certificate::Validity;
use talos_pki::key::SignatureAlgorithm;
use talos_pki::{AuthorityParams, CertificateAuthority};

use super::FORCE;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::files::{self, PRIVATE};
use crate::flag::FlagOf;
use crate::global::SystemRandom;
use crate::io::Io;
use crate::multi_error::MultiError;

static HOURS: FlagOf<i64> = FlagOf::int("hours", "How long the authority is valid, in hours").default(87_600);
static ORGANIZATION: FlagOf<str> =
    FlagOf::text("organization", "Organization the authority is named after; also the first part of the file names")
        .required();
static RSA: FlagOf<bool> = FlagOf::switch("rsa", "Make an RSA key of 4096 bits instead of an Ed25519 key");

pub(crate) static COMMAND: Command = Command {
    long: "Make a certificate authority that signs itself. Three files are written: ORGANIZATION.crt (certificate),
ORGANIZATION.key (private key) and ORGANIZATION.sha256 (hash of the public key).",
    examples: "  talosctl gen ca --organization talos",
    arguments: Arguments::None,
    flags: &[HOURS.row(), ORGANIZATION.row(), RSA.row()],
    run: Some(run),
    ..Command::new("ca", "Make a certificate authority")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let environment = &io.environment;
    let organization = call.get(&ORGANIZATION);
    let [crt, hash, key] = ["crt", "sha256", "key"].map(|extension| format!("{organization}.{extension}"));
    let mut existing = MultiError::default();
    for path in [&crt, &hash, &key] {
        existing.note(files::refuse_existing(environment, path, call.get(&FORCE)));
    }
    existing.into_result()?;

    let validity = Validity::hours_from_now(environment, call.get(&HOURS)).context("error generating CA")?;
    let mut params = AuthorityParams::new(organization, validity);
    params.organizations.retain(|organization| !organization.is_empty());
    if call.get(&RSA) {
        params.signature = SignatureAlgorithm::RsaSha512;
    }
    let authority = CertificateAuthority::generate(&params, &mut SystemRandom).context("error generating CA")?;
    let pair = authority.to_pem();
    files::write(environment, &crt, &pair.crt, PRIVATE).context("error writing CA certificate")?;
    let fingerprint = authority.certificate().fingerprint().to_hash();
    files::write(environment, &hash, fingerprint.as_bytes(), PRIVATE).context("error writing certificate hash")?;
    files::write(environment, &key, &pair.key, PRIVATE).context("error writing key")?;
    Ok(())
}
