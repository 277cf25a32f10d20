//! `talosctl config context`: the current context.

use anyhow::bail;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::go;
use crate::io::Io;
use crate::talosconfig;

pub(crate) static COMMAND: Command = Command {
    aliases: &["use-context"],
    arguments: Arguments::Exactly(1),
    run: Some(run),
    completer: Completer::Dynamic(talosconfig::context_names),
    ..Command::new("context <context>", "Choose the current context")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let mut file = super::open(call, &io.environment)?;
    let name = &call.arguments[0];
    if !file.config.contexts.contains_key(name) {
        bail!("context {} is not defined", go::quote(name));
    }
    file.config.context.clone_from(name);
    super::save(&file, &io.environment)
}
