use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use talos_cli::diagnostics::Format;
use talos_cli::global::Environment;
use talos_cli::io::{Io, Output};

use super::case::Case;
use super::compare::compare;

/// Who runs the commands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Player {
    /// The built program, as a process with the mask 022.
    Binary,
    /// The library, with surroundings made up for the run.
    InProcess,
}

struct Outcome {
    exit: i64,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// Runs a case; what differs from the record, one text each.
pub(super) fn play(case: &Case, folder: &Path, player: Player) -> Vec<String> {
    let work = WorkingFolder::new();
    if folder.join("in").is_dir() {
        copy(&folder.join("in"), &work.0);
    }
    fs::create_dir_all(work.0.join("home")).unwrap();
    let fill = |text: &String| text.replace("$PWD", work.0.to_str().unwrap());
    let args: Vec<String> = case.args.iter().map(fill).collect();
    let mut env = vec![
        ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("HOME".to_owned(), work.0.join("home").to_str().unwrap().to_owned()),
        ("PWD".to_owned(), work.0.to_str().unwrap().to_owned()),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ("TZ".to_owned(), "UTC".to_owned()),
    ];
    env.extend(case.env.iter().map(|(name, value)| (name.clone(), fill(value))));
    let stdin = case.stdin.as_deref().unwrap_or_default();
    let outcome = match player {
        Player::Binary => run_binary(&args, env, stdin, &work.0),
        Player::InProcess => run_in_process(&args, env, stdin, &work.0),
    };
    differences(case, folder, &work.0, &outcome, player)
}

fn run_binary(args: &[String], env: Vec<(String, String)>, stdin: &str, work: &Path) -> Outcome {
    let mut child = Command::new("/bin/sh")
        .args(["-c", "umask 022; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_talosctl")])
        .args(args)
        .env_clear()
        .envs(env)
        .current_dir(work)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    Outcome { exit: output.status.code().map_or(-1, i64::from), stdout: output.stdout, stderr: output.stderr }
}

fn run_in_process(args: &[String], env: Vec<(String, String)>, stdin: &str, work: &Path) -> Outcome {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let variables = env.into_iter().map(|(name, value)| (name, value.into()));
    let mut io = Io {
        stdin: Box::new(stdin.as_bytes()),
        stdout: Output::new(Box::new(&mut stdout), false),
        stderr: Output::new(Box::new(&mut stderr), false),
        environment: Environment::new(variables, work.to_owned()),
        diagnostics: Format::Text,
    };
    let exit = talos_cli::execute(args.iter().map(OsString::from), &mut io);
    drop(io);
    Outcome { exit: exit.into(), stdout, stderr }
}

fn differences(case: &Case, folder: &Path, work: &Path, outcome: &Outcome, player: Player) -> Vec<String> {
    let masked = |bytes: &[u8]| {
        let mut text = String::from_utf8_lossy(bytes).replace(work.to_str().unwrap(), "$PWD");
        for (pattern, replacement) in &case.masks {
            text = pattern.replace_all(&text, regex::NoExpand(replacement)).into_owned();
        }
        text
    };
    let expected = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    let mut problems = Vec::new();
    if outcome.exit != case.exit {
        problems.push(format!("exit: want {}, got {}\n{}", case.exit, outcome.exit, masked(&outcome.stderr)));
    }
    for (name, kind, got) in [("stdout", &case.stdout, &outcome.stdout), ("stderr", &case.stderr, &outcome.stderr)] {
        problems.extend(compare(name, kind, &expected(&folder.join(name)), &masked(got)));
    }
    for (path, kinds) in &case.files {
        let target = work.join(path);
        for kind in kinds.split('+') {
            match kind {
                "absent" if target.symlink_metadata().is_ok() => problems.push(format!("{path}: must not exist\n")),
                "absent" => {}
                _ if !target.exists() => problems.push(format!("{path}: missing\n")),
                "exists" => {}
                _ if kind.starts_with("mode:") => problems.extend(mode(path, &target, &kind[5..], player)),
                _ => {
                    let got = masked(&fs::read(&target).unwrap());
                    problems.extend(compare(path, kind, &expected(&folder.join("out").join(path)), &got));
                }
            }
        }
    }
    problems
}

#[cfg(unix)]
fn mode(path: &str, target: &Path, want: &str, player: Player) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let want = u32::from_str_radix(want, 8).unwrap();
    let got = target.metadata().unwrap().permissions().mode() & 0o7777;
    // The mask of the test process is not known, and only takes rights of others away.
    let secret = want & 0o077 == 0;
    (got != want && (player == Player::Binary || secret))
        .then(|| format!("{path}: want mode {want:04o}, got {got:04o}\n"))
}

#[cfg(not(unix))]
fn mode(_: &str, _: &Path, _: &str, _: Player) -> Option<String> {
    None
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A fresh folder that goes away with the case. Its path holds no links, so that it is found in texts.
struct WorkingFolder(PathBuf);

impl WorkingFolder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().canonicalize().unwrap();
        let path = path.join(format!("talosctl-golden-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for WorkingFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
