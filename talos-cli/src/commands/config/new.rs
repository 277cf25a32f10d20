//! `talosctl config new`: a client certificate from the cluster.

use anyhow::bail;
use talos_pki::RoleSet;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connection::{Error, Target};
use crate::files;
use crate::flag::FlagOf;
use crate::go::{self, Duration};
use crate::io::Io;

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
    let target = Target::resolve(call, false, io)?;
    target.single_node("talosconfig")?;
    let (_, unknown) = RoleSet::parse(call.get(&ROLES));
    if !unknown.is_empty() {
        bail!("unknown roles: {}", unknown.join(", "));
    }
    if files::exists(&io.environment, path) {
        bail!("talosconfig file already exists: {}", go::quote(path));
    }
    Err(Error::NotAvailable.into())
}
