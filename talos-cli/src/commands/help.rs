//! `talosctl help [command]`: the help page of a command.

use std::io::Write;

use crate::call::Call;
use crate::command::Command;
use crate::completion::{Candidates, Completer, Request, children};
use crate::io::Io;
use crate::{find, go, help};

use super::ROOT;

pub(crate) static COMMAND: Command = Command {
    long: "Show what a command does and which flags it takes.\nThe same page is shown by the command with --help.",
    run: Some(run),
    completer: Completer::Dynamic(topics),
    ..Command::new("help [command]", "Show the help of a command")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let found = find::find(&ROOT, call.arguments);
    if found.check_known().is_err() {
        let words: Vec<_> = call.arguments.iter().map(|word| backquote(word)).collect();
        io.note(format_args!("Unknown help topic [{}]", words.join(" ")));
        let usage = help::usage(&[&ROOT], &io.environment);
        write!(io.stderr, "{usage}")?;
        return Ok(());
    }
    let page = help::page(&found.path, &io.environment);
    io.stdout.write_all(page.as_bytes())?;
    Ok(())
}

fn backquote(word: &str) -> String {
    if word.contains(['`', '\r', '\n', '\u{feff}']) || word.chars().any(char::is_control) {
        return go::quote(word);
    }
    format!("`{word}`")
}

fn topics(request: &Request<'_>) -> Candidates {
    let found = find::find(&ROOT, request.call.arguments);
    if found.check_known().is_err() {
        return Candidates::none();
    }
    Candidates::words(children(found.command(), request.begun).words)
}
