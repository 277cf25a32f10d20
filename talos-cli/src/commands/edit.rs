//! `talosctl edit`: the configuration of a machine, in an editor.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use talos_api::resources::{Dynamic, Resource};
use talos_pki::Random;

use super::configuration::{self, DRY_RUN, MACHINE_CONFIGURATION, MODE, Manner, TIMEOUT};
use super::get::NAMESPACE;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access, Failure, Session};
use crate::editor;
use crate::files::{self, PRIVATE};
use crate::global::{Environment, SystemRandom};
use crate::go;
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    long: "Open the configuration that a machine runs with in an editor, and send it back when the editor is left. The editor is
that of TALOS_EDITOR, else that of EDITOR, else vi. If the machine refuses the result, the editor opens again with the reason
on top.",
    arguments: Arguments::Between(1, 2),
    flags: &[DRY_RUN.row(), MODE.row(), NAMESPACE.row(), TIMEOUT.row()],
    run: Some(run),
    completer: Completer::Dynamic(connect::completion::machine_configurations),
    ..Command::new("edit <type> [<id>]", "Change the configuration of a machine in an editor")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        session.warn_about_older_nodes(io).await?;
        let manner = Manner::of(call, call.get(&MODE));
        for found in session.each_resource(call.arguments, call.get(&NAMESPACE)) {
            let (node, resources) = found.fetch(session).await?;
            for resource in resources.with_context(|| node.to_owned())? {
                if resource.metadata.r#type != MACHINE_CONFIGURATION {
                    bail!("only the machineconfig resource can be edited");
                }
                edit(session, node, &resource, manner, io).await?;
            }
        }
        Ok(())
    })
}

/// Edits until the machine takes the result or the user gives up.
async fn edit(
    session: &Session,
    node: &str,
    resource: &Resource<Dynamic>,
    manner: Manner,
    io: &mut Io<'_>,
) -> anyhow::Result<()> {
    let original = configuration::document(resource);
    let client = session.client().nodes([node]);
    let mut text = original.clone();
    let mut refusal: Option<Failure> = None;
    loop {
        let reason = refusal.as_ref().map(as_comment).unwrap_or_default();
        let header = format!("# Editing {MACHINE_CONFIGURATION}/{} at node {node}\n", resource.metadata.id);
        let mut buffer = Buffer::new(&io.environment, format!("{header}{reason}{text}").as_bytes())?;
        editor::edit(&io.environment, &buffer.path)?;
        if session.interrupt().is_set() {
            return Err(Failure::interrupted().into());
        }
        let edited = buffer.read()?;
        let edited = configuration::without_leading_comments(&edited);
        if refusal.is_some() && edited == configuration::without_leading_comments(&text) {
            buffer.keep = true;
            return Err(anyhow!(
                "{reason}A copy of your changes has been stored to {}\nEdit canceled, no valid changes were saved.\n",
                go::quote(&buffer.path.to_string_lossy())
            ));
        }
        if edited.trim().is_empty() {
            io.note("Apply was skipped: empty file.");
            return Ok(());
        }
        if edited == original {
            io.note("Apply was skipped: no changes detected.");
            return Ok(());
        }
        match configuration::send(session, &client, edited.as_bytes().to_vec(), manner).await {
            Ok(replies) => {
                configuration::show(replies, io);
                return Ok(());
            }
            Err(failure) => refusal = Some(failure),
        }
        edited.clone_into(&mut text);
    }
}

/// A refusal as comments for the top of the text.
fn as_comment(refusal: &Failure) -> String {
    let mut comment = String::from("# \n");
    for line in refusal.to_string().split('\n') {
        let _ = writeln!(comment, "# {line}");
    }
    comment
}

/// A temporary file for the editor. It goes away unless it is kept.
struct Buffer {
    path: PathBuf,
    keep: bool,
}

impl Buffer {
    fn new(environment: &Environment, text: &[u8]) -> anyhow::Result<Self> {
        let folder = environment.variable("TMPDIR").filter(|folder| !folder.is_empty());
        let folder = folder.map_or_else(std::env::temp_dir, PathBuf::from);
        let mut number = [0; 4];
        SystemRandom.fill(&mut number)?;
        let name = MACHINE_CONFIGURATION;
        let path = folder.join(format!("{name}-v1alpha1-edit-{}.yaml", u32::from_ne_bytes(number)));
        let shown = path.to_string_lossy().into_owned();
        let mut file = files::create_new(&path, PRIVATE).map_err(|error| files::failure("open", &shown, error))?;
        let buffer = Self { path, keep: false };
        file.write_all(text).map_err(|error| files::failure("write", &shown, error))?;
        Ok(buffer)
    }

    fn read(&self) -> anyhow::Result<String> {
        let shown = self.path.to_string_lossy();
        let text = std::fs::read(&self.path).map_err(|error| files::failure("open", &shown, error))?;
        let text = String::from_utf8(text).context("the edited text is not UTF-8")?;
        Ok(if cfg!(windows) { text.replace("\r\n", "\n") } else { text })
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if !self.keep {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
