//! `talosctl config remove`: contexts that are no longer needed.

use std::io::{BufRead, Write};

use anyhow::bail;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::flag::FlagOf;
use crate::go;
use crate::io::Io;
use crate::talosconfig;

static DRY_RUN: FlagOf<bool> = FlagOf::switch("dry-run", "Do everything but save the file");
static NO_CONFIRM: FlagOf<bool> = FlagOf::switch("noconfirm", "Do not ask").short('y');

pub(crate) static COMMAND: Command = Command {
    long: "Remove contexts. The name may hold stars that stand for any text. The current context is never removed.",
    examples: "  talosctl config remove 'admin@test*'",
    arguments: Arguments::Exactly(1),
    flags: &[DRY_RUN.row(), NO_CONFIRM.row()],
    run: Some(run),
    completer: Completer::Dynamic(talosconfig::context_names),
    ..Command::new("remove <context>", "Remove contexts")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let pattern = call.arguments[0].as_str();
    if pattern.is_empty() {
        bail!("no context specified");
    }
    let mut file = super::open(call, &io.environment)?;
    if file.config.contexts.is_empty() {
        bail!("no contexts defined");
    }
    let matching: Vec<_> = file.config.contexts.keys().filter(|name| matches(pattern, name)).cloned().collect();
    if matching.is_empty() {
        bail!("no contexts matched {}", go::quote(pattern));
    }
    let mut changed = false;
    for name in matching {
        let quoted = go::quote(&name);
        if name == file.config.context {
            io.note(format_args!(
                "skipping removal of current context {quoted}, please change it to another before removing"
            ));
            continue;
        }
        if call.get(&NO_CONFIRM) {
            io.note(format_args!("removing context {quoted}"));
        } else if !confirmed(&format!("remove context {quoted}?"), io)? {
            continue;
        }
        file.config.contexts.remove(&name);
        changed = true;
    }
    if changed && !call.get(&DRY_RUN) {
        super::save(&file, &io.environment)?;
    }
    Ok(())
}

/// Asks on standard output; only `y` and `yes` agree.
fn confirmed(question: &str, io: &mut Io<'_>) -> anyhow::Result<bool> {
    write!(io.stdout, "{question} (y/N): ")?;
    io.stdout.flush()?;
    let mut answer = Vec::new();
    io.stdin.read_until(b'\n', &mut answer)?;
    let word = answer.split(u8::is_ascii_whitespace).find(|word| !word.is_empty()).unwrap_or_default();
    Ok([&b"y"[..], b"yes"].iter().any(|yes| word.eq_ignore_ascii_case(yes)))
}

/// True if `text` is `pattern`, whose stars stand for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, want) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("**b**", "abc", true),
            ("a?c", "abc", false),
            ("*ab*ab", "ab", false),
        ] {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
    }
}
