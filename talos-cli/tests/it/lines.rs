//! Command lines: exit status, where texts go, and when the usage block follows.

use std::ffi::OsString;
use std::io::{self, Write};

use talos_cli::diagnostics::Format;
use talos_cli::global::Environment;
use talos_cli::io::{Io, Output};

use crate::session::Session;

#[test]
fn help_is_data() {
    let session = Session::new();
    for line in
        ["", "--help", "-h", "help", "config", "config nope", "config --help", "config add -h", "help config add"]
    {
        let outcome = session.run(line);
        assert!(outcome.printed().contains("\nUsage:\n  talosctl"), "{line}");
    }
    assert_eq!(session.run("help config add").stdout, session.run("config add --help").stdout);
    assert_eq!(session.run("config nope").stdout, session.run("config").stdout);
}

#[test]
fn help_pages_have_the_known_layout() {
    let page = Session::new().run("config remove --help").stdout;
    let start =
        "Remove contexts. The name may hold stars that stand for any text. The current context is never removed.

Usage:
  talosctl config remove <context> [flags]

Examples:
  talosctl config remove 'admin@test*'

Flags:
      --dry-run     Do everything but save the file
  -h, --help        Show the help of this command
  -y, --noconfirm   Do not ask

Global Flags:
      --cluster string           ";
    assert!(page.starts_with(start), "{page}");
    let parent = Session::new().run("gen secureboot").stdout;
    let start = "Make keys for SecureBoot and disk encryption

Usage:
  talosctl gen secureboot [command]

Available Commands:
  pcr         Make the key that signs TPM policies
  uki         Make the key that signs boot images

Flags:
  -h, --help            Show the help of this command
  -o, --output string   Folder the files are written to (default \"_out\")

Global Flags:
";
    assert!(parent.starts_with(start), "{parent}");
    assert!(
        parent.ends_with("\nUse \"talosctl gen secureboot [command] --help\" for more information about a command.\n")
    );
}

#[test]
fn some_errors_are_followed_by_the_usage_block() {
    let session = Session::new();
    for (line, error, usage) in [
        ("nonesuch", "unknown command \"nonesuch\" for \"talosctl\"", Some("talosctl [command]")),
        ("gen key extra", "unknown command \"extra\" for \"talosctl gen key\"", Some("talosctl gen key [flags]")),
        ("gen key", "required flag(s) \"name\" not set", Some("talosctl gen key [flags]")),
        ("gen --nope", "unknown flag: --nope", Some("talosctl gen [command]")),
        ("config context", "accepts 1 arg(s), received 0", Some("talosctl config context <context> [flags]")),
        ("config context nope", "context \"nope\" is not defined", None),
        ("completion tcsh", "invalid argument \"tcsh\" for \"talosctl completion\"", None),
    ] {
        let outcome = session.run(line);
        assert_eq!((outcome.status, outcome.error(), outcome.stdout.as_str()), (1, error, ""), "{line}");
        match usage {
            None => assert_eq!(outcome.stderr, format!("{error}\n"), "{line}"),
            Some(usage) => {
                let block = outcome.stderr.strip_prefix(&format!("{error}\n\nUsage:\n"));
                let block = block.unwrap_or_else(|| panic!("{line}: {outcome:?}"));
                assert!(block.starts_with(&format!("  {usage}\n")) && block.ends_with("\n\n"), "{line}: {block}");
            }
        }
    }
}

#[test]
fn near_names_are_offered() {
    let outcome = Session::new().run("confg");
    let start = "unknown command \"confg\" for \"talosctl\"\n\nDid you mean this?\n\tconfig\n\n\nUsage:\n";
    assert!(outcome.stderr.starts_with(start), "{outcome:?}");
}

#[test]
fn unknown_help_topics_are_no_failure() {
    let outcome = Session::new().run("help nope and more");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (0, ""));
    assert!(outcome.stderr.starts_with("Unknown help topic [`nope` `and` `more`]\nUsage:\n"), "{outcome:?}");
}

#[test]
fn errors_can_be_json() {
    let session = Session::new();
    let outcome = session.run("config context nope --diagnostics=json");
    assert_eq!(outcome.status, 1);
    assert_eq!(outcome.stderr, "{\"severity\":\"error\",\"message\":\"context \\\"nope\\\" is not defined\"}\n");
    let outcome = session.run("--diagnostics json gen key --nope");
    assert_eq!(outcome.stderr, "{\"severity\":\"error\",\"message\":\"unknown flag: --nope\"}\n");
    let outcome = session.run("--diagnostics yaml version");
    assert_eq!(
        outcome.error(),
        "invalid argument \"yaml\" for \"--diagnostics\" flag: possible options are: json, text"
    );
}

#[cfg(unix)]
#[test]
fn words_must_be_utf8() {
    use std::os::unix::ffi::OsStringExt;
    let outcome = Session::new().run_words([OsString::from("gen"), OsString::from_vec(vec![b'a', 0xff])]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (1, "word 2 of the line is not UTF-8: a\u{fffd}\n"));
}

/// A stream that fails.
struct Failing(io::ErrorKind);

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    for (kind, status) in [(io::ErrorKind::BrokenPipe, 0), (io::ErrorKind::StorageFull, 1)] {
        let mut stderr = Vec::new();
        let mut io = Io {
            stdin: Box::new(io::empty()),
            stdout: Output::new(Box::new(Failing(kind)), false),
            stderr: Output::new(Box::new(&mut stderr), false),
            environment: Environment::empty(),
            diagnostics: Format::Text,
        };
        let words = ["image", "default"].map(OsString::from);
        assert_eq!(talos_cli::execute(words, &mut io), status, "{kind}");
        drop(io);
        assert_eq!(stderr.is_empty(), status == 0, "{kind}");
    }
}
