use std::ffi::OsString;
use std::io::Write;

use anyhow::anyhow;

use crate::call::{Call, path_text};
use crate::command::Command;
use crate::commands::{ROOT, global};
use crate::exit::{self, ShowHelp};
use crate::find::{self, Found};
use crate::flag::{HELP, Parsed, Scope, Values, parse};
use crate::io::Io;

/// Runs a command line without the name of the program; returns the exit status, 0 or 1.
pub fn execute(line: impl IntoIterator<Item = OsString>, io: &mut Io<'_>) -> u8 {
    let (path, result) = match words(line) {
        Ok(words) => {
            let found = find::find(&ROOT, &words);
            let result = prepare_and_run(&found, io);
            (found.path, result)
        }
        Err(error) => (vec![&ROOT], Err(error)),
    };
    let status = match result {
        Ok(()) => 0,
        // Nobody reads any more: that is how `| head` ends.
        Err(_) if io.stdout.reader_gone() => 0,
        Err(error) => exit::report(&error, &path, io),
    };
    let flushed = io.stdout.flush();
    if io.stdout.reader_gone() {
        return 0;
    }
    if let (0, Err(error)) = (status, flushed) {
        io.note(format_args!("write /dev/stdout: {error}"));
        return 1;
    }
    status
}

fn words(line: impl IntoIterator<Item = OsString>) -> anyhow::Result<Vec<String>> {
    let word = |(at, word): (usize, OsString)| {
        word.into_string().map_err(|word| anyhow!("word {} of the line is not UTF-8: {}", at + 1, word.display()))
    };
    line.into_iter().enumerate().map(word).collect()
}

fn prepare_and_run(found: &Found, io: &mut Io<'_>) -> anyhow::Result<()> {
    found.check_known().map_err(anyhow::Error::msg)?;
    let command = found.command();
    let scope = Scope::new(&found.path);
    let mut parsed = Parsed::default();
    if command.raw {
        parsed.arguments.clone_from(&found.words);
    } else {
        let read = parse(scope, &found.words, &io.environment, &mut parsed);
        io.diagnostics = global::diagnostics(&parsed.values);
        read.map_err(anyhow::Error::msg)?;
    }
    for notice in &parsed.notices {
        io.note(notice);
    }
    let Some(run) = command.run.filter(|_| !parsed.values.get(&HELP)) else {
        return Err(ShowHelp.into());
    };
    command.arguments.check(&path_text(&found.path), &parsed.arguments).map_err(anyhow::Error::msg)?;
    check_flags(command, scope, &parsed.values).map_err(anyhow::Error::msg)?;
    let call =
        Call { path: &found.path, called_as: &found.called_as, arguments: &parsed.arguments, values: &parsed.values };
    run(&call, io)
}

/// Checks that required flags are there and that exclusive ones stand alone.
fn check_flags(command: &Command, scope: Scope<'_>, values: &Values) -> Result<(), String> {
    let mut missing: Vec<_> = scope.all().filter(|flag| flag.required && !values.given(flag)).collect();
    if !missing.is_empty() {
        missing.sort_unstable_by_key(|flag| flag.name);
        let names: Vec<_> = missing.iter().map(|flag| format!("\"{}\"", flag.name)).collect();
        return Err(format!("required flag(s) {} not set", names.join(", ")));
    }
    for group in command.exclusive {
        let mut given: Vec<_> = values.all_given().map(|flag| flag.name).filter(|name| group.contains(name)).collect();
        if given.len() > 1 {
            given.sort_unstable();
            return Err(format!(
                "if any flags in the group [{}] are set none of the others can be; [{}] were all set",
                group.join(" "),
                given.join(" ")
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flag::FlagOf;
    use crate::global::Environment;

    static A: FlagOf<bool> = FlagOf::switch("a", "One");
    static B: FlagOf<bool> = FlagOf::switch("b", "Other");
    static C: FlagOf<str> = FlagOf::text("c", "Needed").required();
    static D: FlagOf<str> = FlagOf::text("d", "Needed as well").required();
    static PARENT: Command = Command { persistent: &[D.row()], ..Command::new("parent", "Parent") };
    static CHILD: Command =
        Command { flags: &[A.row(), B.row(), C.row()], exclusive: &[&["a", "b"]], ..Command::new("child", "Child") };

    fn check(words: &[&str]) -> Result<(), String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let path = [&PARENT, &CHILD];
        let mut parsed = Parsed::default();
        parse(Scope::new(&path), &words, &Environment::empty(), &mut parsed).unwrap();
        check_flags(&CHILD, Scope::new(&path), &parsed.values)
    }

    #[test]
    fn required_flags_are_asked_for_by_name() {
        assert_eq!(check(&[]), Err("required flag(s) \"c\", \"d\" not set".into()));
        assert_eq!(check(&["--d=x"]), Err("required flag(s) \"c\" not set".into()));
        assert_eq!(check(&["--c=", "--d="]), Ok(()));
    }

    #[test]
    fn exclusive_flags_stand_alone() {
        assert_eq!(check(&["--c=x", "--d=x", "--b"]), Ok(()));
        assert_eq!(
            check(&["--c=x", "--d=x", "--b", "--a=false"]),
            Err("if any flags in the group [a b] are set none of the others can be; [a b] were all set".into())
        );
    }
}
