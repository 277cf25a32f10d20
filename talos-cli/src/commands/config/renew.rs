//! `talosctl config renew`: a new certificate for a context, from the secrets of its cluster.

use anyhow::bail;
use talos_pki::{Certificate, Role, RoleSet};

use crate::call::Call;
use crate::client_certificate::{self, CRT_TTL, WITH_SECRETS};
use crate::command::{Arguments, Command};
use crate::expiry;
use crate::flag::FlagOf;
use crate::go;
use crate::io::Io;

static FORCE: FlagOf<bool> =
    FlagOf::switch("force", "Renew the context even if the secrets are those of another cluster").short('f').addition();
static ROLES: FlagOf<[String]> =
    FlagOf::list("roles", "Roles the certificate gives; without it those of the present certificate").addition();

pub(crate) static COMMAND: Command = Command {
    long: "Replace the certificate and key of a context by new ones, made with the secrets of its cluster and without asking
the cluster. Endpoints and nodes stay. The context is the current one, or that of --context.",
    examples: "  talosctl config renew --with-secrets secrets.yaml",
    addition: true,
    arguments: Arguments::None,
    flags: &[CRT_TTL.row(), FORCE.row(), ROLES.row(), WITH_SECRETS.row()],
    run: Some(run),
    ..Command::new("renew", "Replace the certificate of a context")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let environment = &io.environment;
    let mut file = super::open(call, environment)?;
    let name = file.chosen_name(call)?;
    let authority = client_certificate::authority(environment, call.get(&WITH_SECRETS))?;
    let context = file.chosen(call)?;
    let same_authority = context.ca.is_empty()
        || context
            .ca_pem()
            .ok()
            .and_then(|text| Certificate::from_pem(&text).ok())
            .is_some_and(|present| present.public_key().as_der() == authority.certificate().public_key().as_der());
    if !same_authority && !call.get(&FORCE) {
        bail!(
            "the secrets are not those of context {}: its certificates come from another authority, use --force to replace \
             them all the same",
            go::quote(&name)
        );
    }
    let mut roles = client_certificate::known_roles(call.get(&ROLES))?;
    if roles.is_empty() {
        roles = match super::info::certificate(context) {
            Ok(Some(present)) => present.roles(),
            _ => RoleSet::from_iter([Role::Admin]),
        };
    }
    let end = client_certificate::issue(&authority, &roles, call.get(&CRT_TTL), context, environment)?;
    super::save(&file, environment)?;
    io.note(format_args!(
        "renewed context {}, valid until {} for {}",
        go::quote(&name),
        expiry::date(end),
        roles.to_strings().join(", ")
    ));
    Ok(())
}
