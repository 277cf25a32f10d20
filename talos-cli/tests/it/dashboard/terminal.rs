//! The program in a pseudo terminal, driven by keys.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};
use talos_api::testing::TestNode;

use super::scenario;

/// A wait that takes longer has failed.
const LONGEST: Duration = Duration::from_secs(60);

/// The program in a terminal.
struct Driven {
    child: Child,
    keys: File,
    /// The terminal's other end, for its settings and so that it stays when the program is gone.
    terminal: OwnedFd,
    before: Termios,
    output: mpsc::Receiver<Vec<u8>>,
    screen: vt100::Parser,
    _folder: Folder,
}

struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Driven {
    fn start(node: &TestNode, (columns, rows): (u16, u16), nodes: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("talosctl-screen-{}", node.address().port()));
        std::fs::create_dir_all(&folder).unwrap();
        let credentials = node.context().credentials;
        let text = format!(
            "context: a\ncontexts:\n    a:\n        endpoints: [{}]\n        ca: {}\n        crt: {}\n        key: {}\n",
            node.address(),
            credentials.ca,
            credentials.crt,
            credentials.key.as_str()
        );
        std::fs::write(folder.join("talosconfig"), text).unwrap();
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let terminal = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        tcsetwinsize(&master, size(columns, rows)).unwrap();
        let before = tcgetattr(&terminal).unwrap();
        let end = || Stdio::from(terminal.try_clone().unwrap());
        // A session of its own, with this terminal and not the one the test was started from.
        let child = Command::new("setsid")
            .args(["--ctty", env!("CARGO_BIN_EXE_talosctl"), "--talosconfig", "talosconfig"])
            .args(["-n", nodes, "dashboard", "-d", "200ms"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &folder)
            .env("TERM", "xterm-256color")
            .current_dir(&folder)
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        let keys = File::from(master);
        let (mut reader, (sender, output)) = (keys.try_clone().unwrap(), mpsc::channel());
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count) = reader.read(&mut bytes) {
                if count == 0 || sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let screen = vt100::Parser::new(rows, columns, 0);
        Self { child, keys, terminal, before, output, screen, _folder: Folder(folder) }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the screen looks as wanted.
    fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + LONGEST;
        loop {
            let text = self.screen.screen().contents();
            if wanted(&text) {
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(_) => panic!("waited for {what}, the screen shows\n{text}"),
            }
        }
    }

    /// Waits for the end of the program; the terminal must be as it was.
    fn end(mut self) -> ExitStatus {
        let deadline = Instant::now() + LONGEST;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "the program does not end");
            thread::sleep(Duration::from_millis(10));
        };
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.screen.process(&bytes);
        }
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor(), "{}", screen.contents());
        let after = tcgetattr(&self.terminal).unwrap();
        assert_eq!(after.local_modes, self.before.local_modes);
        assert_eq!(after.input_modes, self.before.input_modes);
        assert_eq!(after.output_modes, self.before.output_modes);
        status
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

const F2: &str = "\x1bOQ";
const RIGHT: &str = "\x1b[C";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn keys_lead_through_the_screens() {
    let node = TestNode::start(scenario()).await.unwrap();
    let mut driven = Driven::start(&node, (80, 24), "10.5.0.3,10.5.0.2,10.5.0.8");
    driven.until("the summary of the first node", |text| {
        let lines: Vec<_> = text.lines().collect();
        text.contains("UUID     4c4c4544-0039-3010-8044-b4c04f4d3132")
            && text.contains("Linux version 6.1.61-talos")
            && text.contains("(v1.5.5): uptime")
            && lines.len() == 24
            && lines[23].starts_with("[10.5.0.2 | 10.5.0.3 | 10.5.0.8!] --- [Summary] --- [F2: Monitor]──")
    });
    assert!(driven.screen.screen().alternate_screen() && driven.screen.screen().hide_cursor());
    driven.press(F2);
    driven.until("the monitor", |text| {
        text.contains("--- [F1: Summary] --- [Monitor]")
            && text.contains("COMMAND")
            && text.contains("/usr/local/bin/e")
    });
    driven.press(RIGHT);
    driven.until("the second node", |text| text.contains("sh -c true") && !text.contains("/usr/local/bin/e"));
    driven.press("l");
    driven.until("the third node", |text| text.contains("10.5.0.8: does not answer for"));
    driven.press("1");
    driven.until("the summary again", |text| text.contains("--- [Summary] ---"));
    tcsetwinsize(&driven.keys, size(120, 40)).unwrap();
    driven.screen.screen_mut().set_size(40, 120);
    driven.until("the larger screen", |text| {
        let lines: Vec<_> = text.lines().collect();
        lines.len() == 40 && lines[39].chars().count() == 120 && lines[39].contains("[F2: Monitor]")
    });
    driven.press("q");
    assert_eq!(driven.end().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_way_out_gives_the_terminal_back() {
    let node = TestNode::start(scenario()).await.unwrap();
    let mut driven = Driven::start(&node, (80, 24), "10.5.0.2");
    driven.until("the first screen", |text| text.contains("[F2: Monitor]"));
    driven.press("\x03");
    assert_eq!(driven.end().code(), Some(0));
    let mut driven = Driven::start(&node, (80, 24), "10.5.0.2");
    driven.until("the first screen", |text| text.contains("[F2: Monitor]"));
    let id = driven.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(driven.end().code(), Some(0));
}

#[test]
fn without_a_terminal_it_says_so() {
    let session = crate::session::Session::new();
    let credentials = talos_api::testing::Identity::new("a").credentials;
    let text = format!(
        "context: a\ncontexts:\n    a:\n        endpoints: [127.0.0.1:1]\n        ca: {}\n        crt: {}\n        key: {}\n",
        credentials.ca,
        credentials.crt,
        credentials.key.as_str()
    );
    session.write("talosconfig", &text);
    let outcome = session.run("--talosconfig talosconfig -n a dashboard");
    let want = "the dashboard needs a terminal as standard input and output\n";
    assert_eq!((outcome.status, outcome.stderr.as_str()), (1, want));
}
