//! What completion offers, and the scripts that ask for it.

use crate::session::Session;

/// The words offered for an unfinished line, and the number that goes with them.
fn offered(session: &Session, words: &[&str]) -> (Vec<String>, u8) {
    let outcome = session.run_words(["__completeNoDesc"].iter().chain(words).copied());
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let mut lines: Vec<_> = outcome.stdout.lines().map(str::to_owned).collect();
    let last = lines.pop().unwrap();
    (lines, last.strip_prefix(':').unwrap().parse().unwrap())
}

#[test]
fn lines_are_completed() {
    let session = Session::new();
    session.write("tc", "context: b\ncontexts: {b: {}, a1: {}, a2: {}}\n");
    for (words, want, directive) in [
        (&["gen", "secureboot", ""][..], &["pcr", "uki"][..], 4),
        (&["gen", "se"], &["secrets", "secureboot"], 4),
        (&["comp"], &["completion"], 4),
        (&["nope", ""], &[], 0),
        (&["gen", "--nope", ""], &[], 0),
        (&["gen", "key", ""], &["--name"], 0),
        (&["gen", "key", "-"], &["--name"], 4),
        (&["gen", "key", "--name=x", "--f"], &["--force"], 4),
        (&["gen", "key", "--name=x", "-f", "--f"], &[], 4),
        (&["gen", "csr", "--roles=a", "--key=k", "--ip=i", "--ro"], &["--roles"], 4),
        (&["gen", "key", "--help", ""], &[], 4),
        (&["gen", "key", "--name", ""], &[], 0),
        (&["gen", "key", "--name=x", "--", "--f"], &[], 0),
        (&["--diagnostics", "j"], &["json"], 4),
        (&["--diagnostics="], &["json", "text"], 4),
        (&["config", "context", "--talosconfig", "tc", "a"], &["a1", "a2"], 4),
        (&["--talosconfig=tc", "--context", "b"], &["b"], 4),
        (&["completion", ""], &["bash", "fish", "powershell", "zsh"], 4),
        (&["completion", "bash", ""], &[], 0),
        (&["docs", ""], &[], 16),
        (&["help", "gen", "k"], &["key", "keypair"], 4),
    ] {
        let (offered, number) = offered(&session, words);
        assert_eq!(
            (offered.as_slice(), number),
            (&want.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()[..], directive),
            "{words:?}"
        );
    }
}

#[test]
fn descriptions_follow_a_tab() {
    let outcome = Session::new().run_words(["__complete", "gen", "keyp"]);
    assert_eq!(outcome.stdout, "keypair\tMake a self-signed certificate with its key\n:4\n");
    assert_eq!(outcome.stderr, "Completion ended with directive: ShellCompDirectiveNoFileComp\n");
    let outcome = Session::new().run_words(["__complete", "gen", "key", "-"]);
    assert_eq!(outcome.stdout, "--name\tFirst part of the file name\n:4\n");
}

#[test]
fn every_shell_has_a_script() {
    let session = Session::new();
    for (shell, sign) in
        [("bash", "complete "), ("fish", "complete "), ("powershell", "Register-"), ("zsh", "compdef ")]
    {
        let outcome = session.run(&format!("completion {shell}"));
        let script = outcome.printed();
        assert!(script.contains("__complete") && script.contains(sign), "{shell}");
    }
}

/// Shells that are there read their script.
#[cfg(unix)]
#[test]
fn shells_accept_their_scripts() {
    use std::process::Command;
    for shell in ["bash", "zsh", "fish"] {
        let session = Session::new();
        session.write("script", session.run(&format!("completion {shell}")).printed());
        match Command::new(shell).arg("-n").arg(session.path("script")).output() {
            Ok(output) => assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{shell}: {error}"),
        }
    }
}

/// Bash completes with the script as if keys had been pressed.
#[cfg(unix)]
#[test]
fn bash_completes() {
    use std::process::Command;
    let session = Session::new();
    session.write("script", session.run("completion bash").printed());
    for (line, words, replaced, want) in [
        ("talosctl config cont", "config cont", "cont", "context contexts"),
        ("talosctl --diagnostics=j", "--diagnostics = j", "j", "json"),
        ("talosctl --diagnostics=", "--diagnostics =", "", "json text"),
        ("talosctl 'gen' keyp", "'gen' keyp", "keyp", "keypair"),
        ("talosctl gen nothing-like-this x", "gen nothing-like-this x", "x", ""),
    ] {
        let count = words.split(' ').count();
        let quoted = words.replace('\'', "\\'");
        let script = format!(
            "source ./script; COMP_WORDS=(talosctl {quoted}); COMP_CWORD={count}; COMP_LINE=$1; COMP_POINT=${{#1}}; \
             COMP_TYPE=9; __talosctl_complete talosctl \"$2\" ''; echo \"${{COMPREPLY[*]}}\""
        );
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_talosctl")).parent().unwrap();
        let output = Command::new("bash")
            .args(["-c", &script, "bash", line, replaced])
            .env("PATH", format!("{}:/usr/bin:/bin", program.display()))
            .env("HOME", session.path("home"))
            .current_dir(session.path(""))
            .output();
        match output {
            Ok(output) => {
                let got = String::from_utf8_lossy(&output.stdout);
                assert_eq!(got.trim_end(), want, "{line}: {}", String::from_utf8_lossy(&output.stderr));
            }
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}"),
        }
    }
}
