//! The `talosctl` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    talos_cli::run(std::env::args_os(), talos_cli::io::Io::system())
}
