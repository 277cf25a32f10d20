//! `talosctl config new`: a client certificate from the cluster.

use anyhow::{Context as _, bail};
use talos_api::proto::machine::GenerateClientConfigurationRequest;
use talos_config::Source;
use talos_config::talosconfig::Talosconfig;

use crate::call::Call;
use crate::client_certificate;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::files::{self, PRIVATE};
use crate::flag::FlagOf;
use crate::go::{self, Duration};
use crate::io::Io;
use crate::talosconfig::FOLDER_MODE;

const NANOSECONDS: i64 = 1_000_000_000;

static CRT_TTL: FlagOf<Duration> =
    FlagOf::duration("crt-ttl", "How long the certificate shall be valid").default(Duration::from_hours(87_600));
static ROLES: FlagOf<[String]> = FlagOf::list("roles", "Roles the certificate shall give").default(&["os:admin"]);

pub(crate) static COMMAND: Command = Command {
    long: "Ask a control plane machine for a client certificate and write a client configuration with it, by default to the
file talosconfig in the working folder.",
    arguments: Arguments::AtMost(1),
    flags: &[CRT_TTL.row(), ROLES.row()],
    run: Some(run),
    ..Command::new("new [<path>]", "Make a client configuration with a new certificate")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let path = call.arguments.first().map_or("talosconfig", String::as_str);
    connect::run(call, Access::Nodes, io, async |session, io| {
        session.single_node("talosconfig")?;
        let roles = client_certificate::known_roles(call.get(&ROLES))?;
        if files::exists(&io.environment, path) {
            bail!("talosconfig file already exists: {}", go::quote(path));
        }
        let lifetime = call.get(&CRT_TTL).0;
        let request = GenerateClientConfigurationRequest {
            roles: roles.to_strings(),
            crt_ttl: Some(prost_types::Duration {
                seconds: lifetime / NANOSECONDS,
                nanos: i32::try_from(lifetime % NANOSECONDS).expect("less than a second"),
            }),
        };
        let replies = session.all(session.client().generate_client_configuration(request)).await?;
        for reply in replies {
            let mut config = Talosconfig::from_yaml(&Source::new("reply", reply.value.talosconfig.to_vec()))?;
            let name = config.context.clone();
            let context = config.contexts.get_mut(&name).with_context(|| {
                format!("the machine sent a client configuration without the context {}", go::quote(&name))
            })?;
            context.endpoints = session.endpoints().to_vec();
            files::make_folders(&io.environment, &files::folder_of(path), FOLDER_MODE)?;
            files::write(&io.environment, path, config.to_yaml().as_bytes(), PRIVATE)?;
        }
        Ok(())
    })
}
