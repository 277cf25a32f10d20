//! `talosctl config contexts`: the contexts there are.

use std::io::Write;

use crate::call::Call;
use crate::command::Command;
use crate::io::Io;
use crate::table::Table;

/// Nodes shown; more become `...`.
const NODES_SHOWN: usize = 3;

pub(crate) static COMMAND: Command =
    Command { aliases: &["get-contexts"], run: Some(run), ..Command::new("contexts", "List the contexts") };

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let file = super::open(call, &io.environment)?;
    let mut table = Table::new();
    table.row(["CURRENT", "NAME", "ENDPOINTS", "NODES"]);
    for (name, context) in &file.config.contexts {
        let current = if *name == file.config.context { "*" } else { "" };
        let mut nodes = context.nodes[..context.nodes.len().min(NODES_SHOWN)].join(",");
        if context.nodes.len() > NODES_SHOWN {
            nodes.push_str("...");
        }
        table.row([current, name, &context.endpoints.join(","), &nodes]);
    }
    io.stdout.write_all(table.render().as_bytes())?;
    Ok(())
}
