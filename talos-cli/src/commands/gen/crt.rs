//! `talosctl gen crt`: a client certificate, signed by an authority.

use anyhow::Context;
use talos_pki::certificate::Validity;
use talos_pki::{Certificate, CertificateAuthority, CertificateRequest, KeyPair, SigningParams, pem};

use super::FORCE;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::files::{self, PRIVATE};
use crate::flag::FlagOf;
use crate::global::SystemRandom;
use crate::io::Io;

static CA: FlagOf<str> =
    FlagOf::text("ca", "First part of the authority's file names (.crt and .key follow)").required();
static CSR: FlagOf<str> = FlagOf::text("csr", "File with the certificate request").required();
static HOURS: FlagOf<i64> = FlagOf::int("hours", "How long the certificate is valid, in hours").default(24);
static NAME: FlagOf<str> = FlagOf::text("name", "First part of the file name").required();

pub(crate) static COMMAND: Command = Command {
    long: "Sign a certificate request with an authority. The certificate is written to NAME.crt and is good for clients
of the machine API only.",
    examples: "  talosctl gen crt --ca talos --csr admin.csr --name admin",
    arguments: Arguments::None,
    flags: &[CA.row(), CSR.row(), HOURS.row(), NAME.row()],
    run: Some(run),
    ..Command::new("crt", "Sign a certificate request")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let environment = &io.environment;
    let ca = call.get(&CA);
    let text = files::read(environment, &format!("{ca}.crt")).context("error reading CA cert")?;
    let block = pem::decode(&text).context("error decoding cert PEM")?;
    let certificate = Certificate::from_der(block.contents.to_vec()).context("error parsing cert")?;

    let text = files::read(environment, &format!("{ca}.key")).context("error reading key file")?;
    let block = pem::decode(&text).context("error decoding key PEM")?;
    let key = KeyPair::from_pkcs8(&block.contents).context("error parsing EC key")?;

    let text = files::read(environment, call.get(&CSR)).context("error reading CSR")?;
    let block = pem::decode(&text).context("error parsing CSR PEM")?;
    let request = CertificateRequest::from_der(block.contents.to_vec()).context("error parsing CSR")?;

    let validity = Validity::hours_from_now(environment, call.get(&HOURS)).context("error signing certificate")?;
    let authority = CertificateAuthority::new(certificate, key);
    let signed = authority.sign(&request, &SigningParams::client(validity), &mut SystemRandom);
    let signed = signed.context("error signing certificate")?;
    let path = format!("{}.crt", call.get(&NAME));
    files::refuse_existing(environment, &path, call.get(&FORCE))?;
    files::write(environment, &path, &signed.to_pem(), PRIVATE).context("error writing certificate")
}
