//! `talosctl machineconfig lint`: what loads and yet is probably not meant.

use std::io::Write;

use anyhow::bail;
use talos_config::lint;
use talos_config::version_contract::VersionContract;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::diagnose;
use crate::flag::FlagOf;
use crate::io::Io;

static TALOS_VERSION: FlagOf<str> =
    FlagOf::text("talos-version", "Release of Talos that the configuration is for, such as v1.3");

pub(crate) static COMMAND: Command = Command {
    long:
        "Look for what loads and yet is probably not meant: entries that stand twice after a merge, deprecated fields,
fields that are younger than a release, fields of control planes on a worker, missing secrets, texts that do not read
back as they were written. Exits with 1 if there is any of it.",
    examples: "  talosctl machineconfig lint worker.yaml
  talosctl machineconfig lint worker.yaml --talos-version v1.3",
    arguments: Arguments::Exactly(1),
    addition: true,
    flags: &[TALOS_VERSION.row()],
    run: Some(run),
    ..Command::new("lint <machineconfig-file>", "Look for what is probably not meant")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let path = &call.arguments[0];
    let configuration = diagnose::load(path, &io.environment)?;
    let contract: Option<VersionContract> = match call.get(&TALOS_VERSION) {
        "" => None,
        release => Some(release.parse()?),
    };
    let found = lint::lint(&configuration, contract);
    let located: Vec<_> = found.iter().map(|lint| lint.located.clone()).collect();
    for (lint, line) in found.iter().zip(diagnose::places(&configuration, &located)) {
        let finding = &lint.located.finding;
        writeln!(io.stdout, "{path}:{line}{}: {} ({})", finding.path, finding.message, lint.rule.name())?;
    }
    match found.len() {
        0 => Ok(()),
        1 => bail!("1 finding"),
        count => bail!("{count} findings"),
    }
}
