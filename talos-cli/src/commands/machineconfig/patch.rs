//! `talosctl machineconfig patch`: patches laid over the configuration in a file.

use std::io::Write;

use anyhow::Context;
use talos_config::patch::{self, Input, Patch};

use super::diff::write_change;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::diagnose;
use crate::files::{self, PUBLIC};
use crate::flag::FlagOf;
use crate::io::Io;

static EXPLAIN: FlagOf<bool> =
    FlagOf::switch("explain", "Show which patch changed what, with secrets masked, instead of the result").addition();
static OUTPUT: FlagOf<str> = FlagOf::text("output", "File to write (default standard output)").short('o');
static PATCH: FlagOf<[String]> = FlagOf::repeated("patch", "Patch to apply; @file reads it from a file").short('p');
static PRESERVE_COMMENTS: FlagOf<bool> =
    FlagOf::switch("preserve-comments", "Keep comments, order and style of what does not change").addition();

pub(crate) static COMMAND: Command = Command {
    long: "Apply patches to the configuration in a file, in the order in which they are given. A patch is a part of a
configuration, which is merged, or a list of RFC 6902 operations in JSON or YAML. The file itself is not changed unless
--output names it.",
    examples: "  talosctl machineconfig patch worker.yaml --patch @hostname.yaml --output worker-1.yaml",
    arguments: Arguments::Exactly(1),
    flags: &[EXPLAIN.row(), OUTPUT.row(), PATCH.row(), PRESERVE_COMMENTS.row()],
    exclusive: &[&["explain", "output"], &["explain", "preserve-comments"]],
    run: Some(run),
    ..Command::new("patch <machineconfig-file>", "Patch the configuration in a file")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let path = &call.arguments[0];
    let text = files::read(&io.environment, path)?;
    let patches = diagnose::load_patches(&call.get(&PATCH), &io.environment)?;
    if call.get(&EXPLAIN) {
        return explain(path, text, &patches, &call.get(&PATCH), io);
    }
    let mut patched = if call.get(&PRESERVE_COMMENTS) && !patches.is_empty() {
        let before = diagnose::load(path, &io.environment)?;
        let after = diagnose::apply(path, before.clone().into(), &patches)?.into_configuration()?;
        patch::preserve_comments(&before, &after)?.into_bytes()
    } else {
        diagnose::apply(path, Input::Text(text), &patches)?.into_text()
    };
    match call.get(&OUTPUT) {
        "" => {
            patched.push(b'\n');
            io.stdout.write_all(&patched)?;
        }
        output => {
            files::make_folders(&io.environment, &files::folder_of(output), 0o777)
                .context("failed to create output dir")?;
            files::write(&io.environment, output, &patched, PUBLIC)?;
        }
    }
    Ok(())
}

/// For each value that differs in the end: the place, what it was and is, and which patch set it.
fn explain(path: &str, text: Vec<u8>, patches: &[Patch], texts: &[&str], io: &mut Io<'_>) -> anyhow::Result<()> {
    diagnose::apply(path, Input::Text(text.clone()), patches)?;
    let names = names(texts, patches);
    let (_, explanation) = patch::explain(Input::Text(text), patches)?;
    for step in explanation.summary().iter().filter(|step| !step.change.is_formal()) {
        let name = names.get(step.patch).map_or("", String::as_str);
        let lost =
            if step.lost { ", which says nothing about it: Talos 1.5 loses it, repeat it in the patch" } else { "" };
        write_change(&step.change, &format!("  (patch {}{name}{lost})", step.patch + 1), io)?;
    }
    Ok(())
}

/// The file that each patch came from. JSON patches that stand next to each other are one patch, and have no single name.
fn names(texts: &[&str], patches: &[Patch]) -> Vec<String> {
    if texts.len() != patches.len() {
        return Vec::new();
    }
    texts.iter().map(|text| text.strip_prefix('@').map_or(String::new(), |name| format!(", {name}"))).collect()
}
