//! `talosctl patch`: changes parts of the configuration of machines.

use anyhow::{Context as _, bail};
use talos_api::resources::{Dynamic, Resource};
use talos_config::patch::{Input, Patch};

use super::configuration::{self, DRY_RUN, MACHINE_CONFIGURATION, MODE, Manner, TIMEOUT};
use super::get::NAMESPACE;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access, Session};
use crate::diagnose;
use crate::flag::FlagOf;
use crate::io::Io;

static PATCH: FlagOf<[String]> = FlagOf::repeated("patch", "Patch to apply; @file reads it from a file").short('p');
static PATCH_FILE: FlagOf<str> =
    FlagOf::text("patch-file", "File with a patch to apply last").completed_by(Completer::Files);

pub(crate) static COMMAND: Command = Command {
    long: "Change parts of the configuration that machines run with. A patch is a part of a configuration, which is merged, or a
list of RFC 6902 operations in JSON or YAML.",
    examples: "  talosctl patch machineconfig --patch @hostname.yaml --dry-run",
    arguments: Arguments::Between(1, 2),
    flags: &[DRY_RUN.row(), MODE.row(), NAMESPACE.row(), PATCH.row(), PATCH_FILE.row(), TIMEOUT.row()],
    run: Some(run),
    completer: Completer::Dynamic(connect::completion::machine_configurations),
    ..Command::new("patch <type> [<id>]", "Change parts of the configuration of machines")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        let file = call.get(&PATCH_FILE);
        let file = (!file.is_empty()).then(|| format!("@{file}"));
        let mut texts = call.get(&PATCH);
        texts.extend(file.as_deref());
        if texts.is_empty() {
            bail!("either --patch or --patch-file should be defined");
        }
        let patches = diagnose::load_patches(&texts, &io.environment)?;
        let manner = Manner::of(call, call.get(&MODE));
        session.warn_about_older_nodes(io).await?;
        for found in session.each_resource(call.arguments, call.get(&NAMESPACE)) {
            let (node, resources) = found.fetch(session).await?;
            for resource in resources.with_context(|| node.to_owned())? {
                if resource.metadata.r#type != MACHINE_CONFIGURATION {
                    bail!("{node}: unsupported resource type: {}", resource.metadata.r#type);
                }
                patch(session, node, &resource, &patches, manner, io).await?;
            }
        }
        Ok(())
    })
}

async fn patch(
    session: &Session,
    node: &str,
    resource: &Resource<Dynamic>,
    patches: &[Patch],
    manner: Manner,
    io: &mut Io<'_>,
) -> anyhow::Result<()> {
    let before = configuration::document(resource);
    let after = diagnose::apply(&resource.metadata.id, Input::Text(before.clone().into_bytes()), patches)?.into_text();
    let changed = String::from_utf8_lossy(&after).trim() != before.trim();
    let client = session.client().nodes([node]);
    // Sent even when nothing changes, as the original does: the machine may refuse what it runs with.
    let outcome = configuration::send(session, &client, after, manner).await;
    if changed {
        io.note(format_args!("patched {MACHINE_CONFIGURATION}/{} at the node {node}", resource.metadata.id));
    }
    let replies = outcome?;
    if changed {
        configuration::show(replies, io);
    } else {
        io.note("Apply was skipped: no changes detected.");
    }
    Ok(())
}
