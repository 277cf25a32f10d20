//! `talosctl image default`: the images a cluster of this version runs.

use std::io::Write;

use talos_config::images::{Architecture, Images};

use crate::call::Call;
use crate::command::Command;
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    long: "Print the images a cluster of this version runs by default, one per line. Registries for machines without
access to the internet are filled from this list.",
    run: Some(print),
    ..Command::new("default", "List the default images")
};

/// Prints the default images, one per line.
pub(crate) fn print(_: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let mut list = String::new();
    for image in Images::of_defaults(architecture()).iter() {
        list.push_str(image);
        list.push('\n');
    }
    io.stdout.write_all(list.as_bytes())?;
    Ok(())
}

/// The processor this program was built for stands for those of the machines.
fn architecture() -> Architecture {
    if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::Amd64 }
}
