//! `__complete` and `__completeNoDesc`: the questions of completion scripts.

use std::io::Write;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::{complete, directive};
use crate::flag::Visibility;
use crate::io::Io;

use super::ROOT;

const HELP: &str = "Print what may stand at the end of an unfinished command line: one candidate per line, then a line
with a colon and a number that tells the shell how to treat them. The last word is the unfinished one.";

pub(crate) static COMPLETE: Command = Command {
    long: HELP,
    visibility: Visibility::Hidden,
    arguments: Arguments::AtLeast(1),
    run: Some(|call, io| answer(call, io, true)),
    raw: true,
    ..Command::new("__complete [args]", "Answer a completion script")
};

pub(crate) static COMPLETE_WITHOUT_DESCRIPTIONS: Command = Command {
    long: HELP,
    visibility: Visibility::Hidden,
    arguments: Arguments::AtLeast(1),
    run: Some(|call, io| answer(call, io, false)),
    raw: true,
    ..Command::new("__completeNoDesc [args]", "Answer a completion script, without descriptions")
};

fn answer(call: &Call<'_>, io: &mut Io<'_>, described: bool) -> anyhow::Result<()> {
    let (candidates, problem) = complete(&ROOT, call.arguments, &io.environment);
    if let Some(problem) = problem {
        io.note(format_args!("[Error] {problem}"));
    }
    let mut out = String::new();
    for candidate in &candidates.words {
        let line = candidate.lines().next().unwrap_or("");
        let line = if described { line } else { line.split('\t').next().unwrap_or("") };
        out.push_str(line.trim());
        out.push('\n');
    }
    out.push_str(&format!(":{}\n", candidates.directive));
    io.stdout.write_all(out.as_bytes())?;
    io.note(format_args!("Completion ended with directive: {}", directive::names(candidates.directive)));
    Ok(())
}
