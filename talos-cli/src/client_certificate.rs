//! Client certificates for the machine API, made from the secrets of a cluster without asking it.

use std::time::SystemTime;

use anyhow::{Context as _, bail};
use talos_config::talosconfig::Context;
use talos_pki::certificate::Validity;
use talos_pki::secrets::Bundle;
use talos_pki::{CertificateAuthority, RoleSet, client};

use crate::files;
use crate::flag::FlagOf;
use crate::global::{Environment, SystemRandom};
use crate::go::Duration;

pub(crate) static CRT_TTL: FlagOf<Duration> =
    FlagOf::duration("crt-ttl", "How long the certificate is valid").default(Duration::from_hours(8_760)).addition();

pub(crate) static WITH_SECRETS: FlagOf<str> =
    FlagOf::text("with-secrets", "File with the secrets of the cluster").required().addition();

/// The authority of the machine API in a file of secrets.
pub(crate) fn authority(environment: &Environment, path: &str) -> anyhow::Result<CertificateAuthority> {
    let read = || -> anyhow::Result<CertificateAuthority> {
        let bundle = Bundle::from_yaml(files::read(environment, path)?)?;
        let pair = bundle.certs.as_ref().and_then(|certs| certs.os.as_ref()).context("certs.os is required")?;
        CertificateAuthority::from_pem(pair).context("certs.os is invalid")
    };
    read().context("failed to load secrets bundle")
}

/// Roles as the command line names them.
pub(crate) fn known_roles(names: Vec<&str>) -> anyhow::Result<RoleSet> {
    let (roles, unknown) = RoleSet::parse(names);
    if !unknown.is_empty() {
        bail!("unknown roles: {}", unknown.join(", "));
    }
    Ok(roles)
}

/// Makes a key and a certificate with these roles, and puts them into `context`. Returns the end of the certificate.
pub(crate) fn issue(
    authority: &CertificateAuthority,
    roles: &RoleSet,
    lifetime: Duration,
    context: &mut Context,
    environment: &Environment,
) -> anyhow::Result<SystemTime> {
    if lifetime <= Duration(0) {
        bail!("the certificate must be valid for some time, not {lifetime}");
    }
    let validity = Validity::from_now(environment, lifetime.to_std())?;
    let authority = authority.to_pem();
    let client = client::talos(&authority, roles, validity, &mut SystemRandom)?;
    let credentials = Context::with_credentials(&authority.crt, &client.crt, &client.key);
    context.ca.clone_from(&credentials.ca);
    context.crt.clone_from(&credentials.crt);
    context.key.clone_from(&credentials.key);
    Ok(validity.not_after)
}
