//! How a run ends: exit status, and what standard error shows.

use std::fmt;
use std::io::Write;

use crate::command::Command;
use crate::diagnostics::{self, Format};
use crate::help;
use crate::io::Io;

/// Ends a command by showing its help page on standard output; the exit status is 0.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("help requested")]
pub struct ShowHelp;

/// Ends a command with exit status 1 after it has told the user everything.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("already reported")]
pub struct AlreadyReported;

/// Texts that hold one of these words are followed by the usage block, whatever they are about.
const USAGE_WORDS: [&str; 3] = ["arg(s)", "flag", "command"];

/// Shows `error` and returns the exit status.
pub(crate) fn report(error: &anyhow::Error, path: &[&'static Command], io: &mut Io<'_>) -> u8 {
    if error.is::<ShowHelp>() {
        let page = help::page(path, &io.environment);
        // Nobody may be reading; `run` looks at the stream afterwards.
        let _ = io.stdout.write_all(page.as_bytes());
        return 0;
    }
    if error.is::<AlreadyReported>() {
        return 1;
    }
    let text = Chain(error).to_string();
    match io.diagnostics {
        Format::Json => diagnostics::write_json(error, &text, io),
        Format::Text => {
            io.note(&text);
            diagnostics::write_excerpts(error, io);
            if USAGE_WORDS.iter().any(|word| text.contains(word)) {
                let usage = help::usage(path, &io.environment);
                io.note(format_args!("\n{usage}"));
            }
            #[cfg(feature = "online")]
            write_hints(error, io);
        }
    }
    1
}

/// Advice about the connection, if a person is looking.
#[cfg(feature = "online")]
fn write_hints(error: &anyhow::Error, io: &mut Io<'_>) {
    if let (true, Some(hinted)) = (io.stderr.is_terminal(), error.downcast_ref::<crate::connect::Hinted>()) {
        for hint in &hinted.hints {
            io.note(format_args!("hint: {hint}"));
        }
    }
}

/// An error and its causes, joined by `: `.
struct Chain<'a>(&'a anyhow::Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}
