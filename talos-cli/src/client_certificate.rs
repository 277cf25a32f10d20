//! Client certificates for the machine API, made from the secrets of a cluster without asking it.

use anyhow::{Context as _, bail};
use talos_config::talosconfig::Context;
use talos_pki::certificate::Validity;
use talos_pki::secrets::Bundle;
use talos_pki::{Certificate, CertificateAuthority, DistinguishedName, RequestParams, RoleSet, SigningParams};

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

/// Makes a key and a certificate with these roles, and puts them into `context`. Returns the certificate.
pub(crate) fn issue(
    authority: &CertificateAuthority,
    roles: &RoleSet,
    lifetime: Duration,
    context: &mut Context,
    environment: &Environment,
) -> anyhow::Result<Certificate> {
    if lifetime <= Duration(0) {
        bail!("the certificate must be valid for some time, not {lifetime}");
    }
    let validity = Validity::from_now(environment, lifetime.to_std())?;
    let request = RequestParams {
        subject: DistinguishedName::from_organizations(roles.to_strings()),
        ..RequestParams::default()
    };
    let (certificate, key) = authority.issue(&request, &SigningParams::client(validity), &mut SystemRandom)?;
    let credentials =
        Context::with_credentials(&authority.certificate().to_pem(), &certificate.to_pem(), &key.to_pem().key);
    context.ca.clone_from(&credentials.ca);
    context.crt.clone_from(&credentials.crt);
    context.key.clone_from(&credentials.key);
    Ok(certificate)
}
