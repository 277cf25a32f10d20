//! `talosctl gen csr`: a certificate request.

use anyhow::{Context, bail};
use talos_pki::certificate::AlternativeNames;
use talos_pki::{CertificateRequest, DistinguishedName, KeyPair, RequestParams, RoleSet, pem};

use super::FORCE;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::files::{self, PRIVATE};
use crate::flag::FlagOf;
use crate::global::SystemRandom;
use crate::go::path;
use crate::io::Io;

static IP: FlagOf<str> = FlagOf::text("ip", "Address the certificate shall be valid for").required();
static KEY: FlagOf<str> = FlagOf::text("key", "File with the private key").required();
static ROLES: FlagOf<[String]> = FlagOf::list("roles", "Roles the certificate shall give").default(&["os:admin"]);

pub(crate) static COMMAND: Command = Command {
    long: "Make a request for a client certificate with a key that exists. The request is written beside the key, in a
file with the ending .csr.",
    examples: "  talosctl gen csr --key admin.key --ip 127.0.0.1",
    arguments: Arguments::None,
    flags: &[IP.row(), KEY.row(), ROLES.row()],
    run: Some(run),
    ..Command::new("csr", "Make a certificate request")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let key_path = call.get(&KEY);
    let text = files::read(&io.environment, key_path).context("error reading key")?;
    let block = pem::decode(&text).context("error decoding PEM")?;
    let key = KeyPair::from_pkcs8(&block.contents).context("error parsing ECDSA key")?;
    let address = super::address(call.get(&IP))?;
    let (roles, unknown) = RoleSet::parse(call.get(&ROLES));
    if !unknown.is_empty() {
        bail!("unknown roles: {}", unknown.join(", "));
    }
    let params = RequestParams {
        subject: DistinguishedName::from_organizations(roles.to_strings()),
        names: AlternativeNames { ip_addresses: vec![address], ..AlternativeNames::default() },
    };
    let request = CertificateRequest::new(&params, &key, &mut SystemRandom).context("error generating CSR")?;
    let path = format!("{}.csr", path::without_extension(key_path));
    files::refuse_existing(&io.environment, &path, call.get(&FORCE))?;
    files::write(&io.environment, &path, &request.to_pem(), PRIVATE).context("error writing CSR")
}
