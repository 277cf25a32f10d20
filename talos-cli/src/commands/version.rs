//! `talosctl version`: versions of this program and of machines.

use std::fmt::Write as _;
use std::io::Write;

use talos_config::constants;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connection::{Error, Target};
use crate::flag::FlagOf;
use crate::io::Io;

static CLIENT: FlagOf<bool> = FlagOf::switch("client", "Print the version of this program only");
static INSECURE: FlagOf<bool> =
    FlagOf::switch("insecure", "Ask the maintenance service, which takes no certificates").short('i');
static JSON: FlagOf<bool> = FlagOf::switch("json", "Print the answers of the machines as JSON").hidden();
static SHORT: FlagOf<bool> = FlagOf::switch("short", "Print the version of this program in one line");

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::None,
    flags: &[CLIENT.row(), INSECURE.row(), JSON.row(), SHORT.row()],
    run: Some(run),
    ..Command::new("version", "Print the versions of this program and of machines")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    if !call.get(&JSON) {
        let mut out = String::from("Client:\n");
        if call.get(&SHORT) {
            let _ = writeln!(out, "Talos {}", constants::TALOS_VERSION);
        } else {
            out.push_str(&client_block());
        }
        if !call.get(&CLIENT) {
            out.push_str("Server:\n");
        }
        io.stdout.write_all(out.as_bytes())?;
        if call.get(&CLIENT) {
            return Ok(());
        }
    }
    Target::resolve(call, call.get(&INSECURE), io)?;
    Err(Error::NotAvailable.into())
}

/// What is known about this program, each line indented by a tab.
fn client_block() -> String {
    let lines = [
        ("Tag", constants::TALOS_VERSION.to_owned()),
        ("SHA", option_env!("TALOSCTL_SHA").unwrap_or_default().to_owned()),
        ("Built", option_env!("TALOSCTL_BUILT").unwrap_or_default().to_owned()),
        ("Go version", format!("none (talos-rs {})", env!("CARGO_PKG_VERSION"))),
        ("OS/Arch", format!("{}/{}", operating_system(), architecture())),
    ];
    let mut block = String::new();
    for (label, value) in lines {
        let _ = writeln!(block, "\t{:<12} {value}", format!("{label}:"));
    }
    block
}

/// The operating system under the name release files use.
fn operating_system() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        name => name,
    }
}

/// The processor under the name release files use.
pub(crate) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        name => name,
    }
}
