//! `talosctl machineconfig diff`: what differs between two configurations, or the patch between them.

use std::io::Write;

use anyhow::{Context, bail};
use talos_config::diff::{self, Change};
use talos_config::patch::{Between, between};

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::diagnose;
use crate::flag::FlagOf;
use crate::io::Io;

static AS_PATCH: FlagOf<bool> = FlagOf::switch("as-patch", "Print the patch that leads from the first to the second");

pub(crate) static COMMAND: Command = Command {
    long: "Compare two configurations field by field. Secrets are masked.

With --as-patch, print the patch that turns the first configuration into the second: a strategic patch, or a list of
RFC 6902 operations where a strategic patch cannot say it. Such a patch holds its secrets.",
    examples: "  talosctl machineconfig diff old.yaml new.yaml
  talosctl machineconfig diff old.yaml new.yaml --as-patch > patch.yaml",
    arguments: Arguments::Exactly(2),
    addition: true,
    flags: &[AS_PATCH.row()],
    run: Some(run),
    ..Command::new("diff <before> <after>", "Compare two configurations")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let [before, after] = call.arguments else { bail!("two files are needed") };
    let (before, after) = (diagnose::load(before, &io.environment)?, diagnose::load(after, &io.environment)?);
    if !call.get(&AS_PATCH) {
        for change in diff::diff(&before, &after).iter().filter(|change| !change.is_formal()) {
            write_change(change, "", io)?;
        }
        return Ok(());
    }
    let patch = between(&before, &after).context("there is no patch from the first to the second")?;
    match patch {
        Between::Nothing => io.note("the configurations are equal"),
        Between::Strategic(text) => io.stdout.write_all(text.as_bytes())?,
        Between::Json(text) => {
            for change in json_path_changes(&before)? {
                io.warn(format_args!("a JSON patch would also change {change}"));
            }
            io.stdout.write_all(text.as_bytes())?;
        }
    }
    Ok(())
}

/// JSON patches read the text they apply to by the rules of YAML 1.1: values that come out otherwise, without any operation.
fn json_path_changes(before: &talos_config::Container) -> anyhow::Result<Vec<String>> {
    let Some(source) = before.source() else { return Ok(Vec::new()) };
    let unchanged = talos_config::patch::json6902::Patch::default().apply(source.text().as_bytes())?;
    let changes = match talos_config::load(unchanged) {
        Ok(read) => diff::diff(before, &read),
        // The reading may not even be a configuration any more; the patch itself then says so when it is applied.
        Err(_) => Vec::new(),
    };
    Ok(changes.iter().filter(|change| !change.is_formal()).map(|change| change.path.to_string()).collect())
}

/// Writes one change: its place, then the value before and after, each line marked.
pub(super) fn write_change(change: &Change, note: &str, io: &mut Io<'_>) -> std::io::Result<()> {
    let document =
        if change.document.api_version.is_empty() { String::new() } else { format!("{}: ", change.document) };
    writeln!(io.stdout, "{document}{}{note}", change.path)?;
    for (mark, value) in [('-', &change.before), ('+', &change.after)] {
        for line in value.iter().flat_map(|value| value.to_string().lines().map(str::to_owned).collect::<Vec<_>>()) {
            writeln!(io.stdout, "  {mark} {line}")?;
        }
    }
    Ok(())
}
