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
    // An empty name leaves no context as the current one, which has to be right for that.
    let needed = if name.is_empty() { &file.config.context } else { name };
    if needed.is_empty() {
        bail!("no context is set");
    }
    if !file.config.contexts.contains_key(needed) {
        bail!("context {} is not defined", go::quote(needed));
    }
    file.config.context.clone_from(name);
    super::save(&file, &io.environment)
}
