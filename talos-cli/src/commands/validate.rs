//! `talosctl validate`: the rules that a configuration has to keep.

use std::io::Write;

use talos_config::validate::{self, Mode, Options};

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::diagnose;
use crate::flag::FlagOf;
use crate::io::Io;

static CONFIG: FlagOf<str> = FlagOf::text("config", "File with the configuration").short('c');
static MODE: FlagOf<str> =
    FlagOf::text("mode", "Where the machine runs: metal, cloud or container").short('m').required();
static STRICT: FlagOf<bool> = FlagOf::switch("strict", "Fail on warnings too");

pub(crate) static COMMAND: Command = Command {
    long: "Check the configuration in a file against the rules for one kind of machine. Disks and other things that only the
machine itself knows are not looked at.",
    examples: "  talosctl validate --config controlplane.yaml --mode metal",
    arguments: Arguments::None,
    flags: &[CONFIG.row(), MODE.row(), STRICT.row()],
    run: Some(run),
    ..Command::new("validate", "Check the configuration in a file")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let path = call.get(&CONFIG);
    let configuration = diagnose::load(path, &io.environment)?;
    let mode: Mode = call.get(&MODE).parse()?;
    let options = Options { strict: call.get(&STRICT), ..Options::default() };
    let (warnings, verdict) = validate::validate(&configuration, mode, options);
    diagnose::warn(&configuration, &warnings, io);
    diagnose::verdict(&configuration, verdict)?;
    writeln!(io.stdout, "{path} is valid for {mode} mode")?;
    Ok(())
}
