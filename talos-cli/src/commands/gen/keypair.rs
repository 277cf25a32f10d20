//! `talosctl gen keypair`: a self-signed certificate with its key.

use anyhow::Context;
use talos_pki::certificate::{AlternativeNames, Validity};
use talos_pki::{AuthorityParams, CertificateAuthority};

use super::FORCE;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::files::{self, PRIVATE};
use crate::flag::FlagOf;
use crate::global::SystemRandom;
use crate::io::Io;
use crate::multi_error::MultiError;

/// How long the certificate is valid.
const HOURS: i64 = 24;

static IP: FlagOf<str> = FlagOf::text("ip", "Address the certificate is valid for");
static ORGANIZATION: FlagOf<str> =
    FlagOf::text("organization", "Organization the certificate is named after; also the first part of the file names")
        .required();

pub(crate) static COMMAND: Command = Command {
    long: "Make an Ed25519 certificate that signs itself and is valid for one day. Two files are written:
ORGANIZATION.crt and ORGANIZATION.key.",
    examples: "  talosctl gen keypair --organization talos --ip 10.5.0.1",
    arguments: Arguments::None,
    flags: &[IP.row(), ORGANIZATION.row()],
    run: Some(run),
    ..Command::new("keypair", "Make a self-signed certificate with its key")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let environment = &io.environment;
    let mut names = AlternativeNames::default();
    let ip = call.get(&IP);
    if !ip.is_empty() {
        names.ip_addresses.push(super::address(ip)?);
    }
    let organization = call.get(&ORGANIZATION);
    let [crt, key] = ["crt", "key"].map(|extension| format!("{organization}.{extension}"));
    let mut existing = MultiError::default();
    for path in [&crt, &key] {
        existing.note(files::refuse_existing(environment, path, call.get(&FORCE)));
    }
    existing.into_result()?;

    let validity = Validity::hours_from_now(environment, HOURS).context("error generating CA")?;
    let mut params = AuthorityParams { names, ..AuthorityParams::new(organization, validity) };
    params.organizations.retain(|organization| !organization.is_empty());
    let authority = CertificateAuthority::generate(&params, &mut SystemRandom).context("error generating CA")?;
    let pair = authority.to_pem();
    files::write(environment, &crt, &pair.crt, PRIVATE).context("error writing certificate")?;
    files::write(environment, &key, &pair.key, PRIVATE).context("error writing key")
}
