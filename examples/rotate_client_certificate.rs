//! Renews the client certificate of a talosconfig before it expires, from the secrets of the cluster and without the
//! cluster's help.
//!
//! ```text
//! cargo run -p talos-examples --example rotate_client_certificate -- [SECRETS TALOSCONFIG]
//! ```
//!
//! Prints the talosconfig, renewed where that was due. Without files it makes up a cluster whose certificate ends in ten
//! days.

mod system;

use std::fs;
use std::io::Write;
use std::time::Duration;

use anyhow::Context as _;
use talos_config::generate::{Input, Options};
use talos_config::talosconfig::{Context, Talosconfig};
use talos_config::{Source, VersionContract, secrets};
use talos_pki::certificate::Validity;
use talos_pki::client::{self, CLIENT_LIFETIME};
use talos_pki::secrets::Bundle;
use talos_pki::{Certificate, Clock, RoleSet, base64};

use crate::system::{SystemClock, SystemRandom};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Certificates are renewed when less than this is left.
const MARGIN: Duration = Duration::from_secs(30 * 24 * 3600);

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (secrets, mut talosconfig) = match (arguments.next(), arguments.next()) {
        (Some(secrets), Some(talosconfig)) => (
            Bundle::from_yaml(fs::read(&secrets).context(secrets)?)?,
            Talosconfig::from_yaml(&Source::new(&talosconfig, fs::read(&talosconfig).context(talosconfig.clone())?))?,
        ),
        _ => sample()?,
    };
    let name = talosconfig.context.clone();
    let context = talosconfig.contexts.get_mut(&name).context("the current context does not exist")?;
    let (mut out, mut messages) = (std::io::stdout(), std::io::stderr());
    match rotate(context, &secrets, &SystemClock)? {
        Some(left) => writeln!(messages, "renewed: {} days were left", left.as_secs() / DAY.as_secs())?,
        None => writeln!(messages, "not due yet")?,
    }
    out.write_all(talosconfig.to_yaml().as_bytes())?;
    Ok(())
}

/// Gives the context a new certificate with the roles of the old one, if that ends soon. Returns how long it would still
/// have been valid.
fn rotate(context: &mut Context, secrets: &Bundle, clock: &dyn Clock) -> anyhow::Result<Option<Duration>> {
    let authority = secrets.certs.as_ref().and_then(|certs| certs.os.as_ref()).context("the bundle has no certs.os")?;
    let ca = base64::encode(&authority.crt);
    anyhow::ensure!(context.ca == ca, "the talosconfig belongs to another cluster than the secrets");

    let certificate = Certificate::from_pem(&base64::decode(&context.crt)?)?;
    let left = certificate.not_after().duration_since(clock.now()).unwrap_or_default();
    if left > MARGIN {
        return Ok(None);
    }
    let (roles, _) = RoleSet::parse(certificate.subject().organizations);
    let validity = Validity::from_now(clock, CLIENT_LIFETIME)?;
    let pair = client::talos(authority, &roles, validity, &mut SystemRandom)?;
    context.crt = base64::encode(&pair.crt);
    context.key = base64::encode(&pair.key);
    Ok(Some(left))
}

/// A cluster whose administrator has ten days left.
fn sample() -> anyhow::Result<(Bundle, Talosconfig)> {
    let secrets =
        Bundle::generate(&secrets::options(VersionContract::Current, false), &SystemClock, &mut SystemRandom)?;
    let options = Options { endpoints: vec!["10.5.0.2".to_owned()], ..Options::default() };
    let input = Input::new("home", "https://10.5.0.2:6443", &options, &secrets);
    let validity = Validity::from_now(&SystemClock, 10 * DAY)?;
    let pair = client::talos(input.client_authority()?, &options.roles, validity, &mut SystemRandom)?;
    let talosconfig = input.talosconfig(&pair)?;
    Ok((secrets, talosconfig))
}
