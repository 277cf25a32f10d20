//! `talosctl`, the command line client of Talos, as a library: the binary calls [`run`] and nothing else.
//!
//! One table of [commands](command::Command) and [flags](flag::Flag) drives parsing, help, completion and the reference
//! page. A command is a file below `commands` with its row and its function; to add one, write the file and name its row
//! among the children of its parent.

mod calendar;
pub mod call;
mod client_certificate;
pub mod command;
mod commands;
pub mod completion;
#[cfg(feature = "online")]
mod connect;
#[cfg(feature = "dashboard")]
pub mod dashboard;
mod diagnose;
pub mod diagnostics;
#[cfg(feature = "online")]
pub mod dot;
#[cfg(feature = "online")]
mod editor;
mod execute;
pub mod exit;
mod expiry;
pub mod files;
mod find;
pub mod flag;
pub mod global;
pub mod go;
mod help;
pub mod io;
#[cfg(feature = "online")]
pub mod kubeconfig;
pub mod multi_error;
#[cfg(feature = "online")]
mod output;
#[cfg(feature = "online")]
pub mod packets;
pub mod reference;
pub mod relative_time;
#[cfg(feature = "online")]
mod screen;
#[cfg(feature = "online")]
pub mod size;
#[cfg(feature = "online")]
pub mod snapshot;
pub mod suggest;
pub mod table;
mod talosconfig;
#[cfg(feature = "online")]
mod track;
#[cfg(feature = "online")]
pub mod untar;
#[cfg(feature = "online")]
pub mod zip;
#[cfg(feature = "online")]
mod zone;

use std::ffi::OsString;
use std::process::ExitCode;

pub use execute::execute;

use crate::command::Command;
use crate::io::Io;

/// Runs the program on a command line (its first word is the name of the program) and returns its exit status.
pub fn run(line: impl IntoIterator<Item = OsString>, mut io: Io<'_>) -> ExitCode {
    ExitCode::from(execute(line.into_iter().skip(1), &mut io))
}

/// The root of the command table. [`Command::walk`] visits every row.
pub fn table() -> &'static Command {
    &commands::ROOT
}
