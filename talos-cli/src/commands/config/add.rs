//! `talosctl config add`: a context from certificate files.

use anyhow::{Context as _, bail};
use talos_config::talosconfig::Context;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::files;
use crate::flag::FlagOf;
use crate::io::Io;

static CA: FlagOf<str> = FlagOf::text("ca", "File with the authority's certificate");
static CRT: FlagOf<str> = FlagOf::text("crt", "File with the client certificate");
static KEY: FlagOf<str> = FlagOf::text("key", "File with the client's private key");

pub(crate) static COMMAND: Command = Command {
    long: "Add a context made from certificate files. A context of the same name is replaced. The current context stays.",
    arguments: Arguments::Exactly(1),
    flags: &[CA.row(), CRT.row(), KEY.row()],
    run: Some(run),
    ..Command::new("add <context>", "Add a context")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let environment = &io.environment;
    let mut file = super::open(call, environment)?;
    let [ca, crt, key] = [call.get(&CA), call.get(&CRT), call.get(&KEY)];
    let read = |path: &str, what: &str| match path {
        "" => Ok(Vec::new()),
        path => files::read(environment, path).with_context(|| format!("error reading {what}")),
    };
    let ca = read(ca, "CA")?;
    if crt.is_empty() != key.is_empty() {
        bail!("if either the 'crt' or 'key' flag is specified, both are required");
    }
    let crt = read(crt, "certificate")?;
    let key = read(key, "key")?;
    file.config.contexts.insert(call.arguments[0].clone(), Context::with_credentials(&ca, &crt, &key));
    super::save(&file, environment)
}
