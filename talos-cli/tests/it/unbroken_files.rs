//! A run that is cut off leaves the old file or the new one.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::session::Session;

/// A client configuration of some size, so that writing takes a moment.
fn config(current: &str) -> String {
    let mut text = format!("context: {current}\ncontexts:\n");
    for number in 1_000..3_000 {
        text +=
            &format!("    c{number}:\n        endpoints:\n            - 10.0.0.1\n        ca: {}\n", "QUFB".repeat(40));
    }
    text
}

#[test]
fn killed_runs_leave_whole_files() {
    let session = Session::new();
    let (old, new) = (config("c1000"), config("c2000"));
    session.write("tc", &old);
    let (mut replaced, mut kept) = (0, 0);
    for round in 0..120u64 {
        let (from, to) = if session.read("tc") == old { (&old, "c2000") } else { (&new, "c1000") };
        let mut child = Command::new(env!("CARGO_BIN_EXE_talosctl"))
            .args(["config", "context", to, "--talosconfig", "tc"])
            .current_dir(session.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From before it reads to after it has written.
        sleep(Duration::from_micros(round * 400 % 40_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let text = session.read("tc");
        assert!(text == old || text == new, "round {round}: a file of {} bytes", text.len());
        if text == *from { kept += 1 } else { replaced += 1 }
    }
    assert!(kept > 0, "no run was cut off in time ({replaced} were not)");
}
