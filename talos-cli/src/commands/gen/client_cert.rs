//! `talosctl gen client-cert`: a client configuration from the secrets of a cluster.

use std::io::Write;

use talos_config::talosconfig::{Context, Talosconfig};

use super::FORCE;
use crate::call::Call;
use crate::client_certificate::{self, CRT_TTL, WITH_SECRETS};
use crate::command::{Arguments, Command};
use crate::commands::global;
use crate::files::{self, PRIVATE};
use crate::flag::FlagOf;
use crate::io::Io;

static NAME: FlagOf<str> =
    FlagOf::text("name", "Name of the context, usually that of the cluster").required().addition();
static OUTPUT: FlagOf<str> =
    FlagOf::text("output", "File the client configuration is written to, - for standard output")
        .short('o')
        .default("talosconfig")
        .addition();
static ROLES: FlagOf<[String]> = FlagOf::list("roles", "Roles the certificate gives").default(&["os:admin"]).addition();

pub(crate) static COMMAND: Command = Command {
    long: "Make a client certificate with the secrets of a cluster, without asking the cluster, and write a client
configuration with it. Endpoints and nodes of the command line become those of the context.

To replace the certificate of a context that exists, use `talosctl config renew`.",
    examples: "  talosctl gen client-cert --with-secrets secrets.yaml --name home --roles os:reader -e 10.5.0.2 -o reader.yaml",
    addition: true,
    arguments: Arguments::None,
    flags: &[CRT_TTL.row(), NAME.row(), OUTPUT.row(), ROLES.row(), WITH_SECRETS.row()],
    run: Some(run),
    ..Command::new("client-cert", "Make a client configuration from the secrets of a cluster")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let environment = &io.environment;
    let roles = client_certificate::known_roles(call.get(&ROLES))?;
    let authority = client_certificate::authority(environment, call.get(&WITH_SECRETS))?;
    let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
    let mut context = Context {
        endpoints: owned(call.get(&global::ENDPOINTS)),
        nodes: owned(call.get(&global::NODES)),
        ..Context::default()
    };
    client_certificate::issue(&authority, &roles, call.get(&CRT_TTL), &mut context, environment)?;
    let name = call.get(&NAME).to_owned();
    let config = Talosconfig { context: name.clone(), contexts: [(name, context)].into() };
    match call.get(&OUTPUT) {
        "-" => io.stdout.write_all(config.to_yaml().as_bytes())?,
        path => {
            files::refuse_existing(environment, path, call.get(&FORCE))?;
            files::write(environment, path, config.to_yaml().as_bytes(), PRIVATE)?;
        }
    }
    Ok(())
}
