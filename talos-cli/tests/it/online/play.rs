use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use regex::bytes::Regex;
use serde_json::{Map, Value, json};
use talos_api::testing::{Call, Identity, Scenario, TestNode};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;
use tokio::process::{Child, Command};

use super::case::Case;
use super::{compare, root, zip};

/// A run that takes longer has failed.
const LONGEST: Duration = Duration::from_secs(40);

const TALOSCONFIG: &str = "context: lab\ncontexts:\n    lab:\n        endpoints:\n            - {NODE}\n        \
                           ca: {CA}\n        crt: {CRT}\n        key: {KEY}\n";

/// Runs a case; what differs from the record, one text each.
pub(super) fn play(case: &Case, folder: &Path) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(play_async(case, folder))
}

struct Outcome {
    exit: Option<i32>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    calls: Vec<Call>,
}

async fn play_async(case: &Case, folder: &Path) -> Vec<String> {
    let work = WorkingFolder::new();
    let home = work.0.join("home");
    fs::create_dir_all(&home).unwrap();
    if folder.join("in").is_dir() {
        copy(&folder.join("in"), &home);
    }
    let scenario = Scenario::load(&[root().join("scenarios")], &case.scenario).unwrap();
    let node = TestNode::start(scenario).await.unwrap();
    // Bound but not listening: connections to it are refused as long as it lives.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let places = Places::new(&node, &closed, &work.0);

    let template = home.join("talosconfig.template");
    let config = fs::read_to_string(&template).unwrap_or_else(|_| TALOSCONFIG.to_owned());
    if template.exists() {
        fs::remove_file(template).unwrap();
    }
    fs::write(work.0.join("talosconfig"), places.fill(&config)).unwrap();
    for name in &case.fill {
        let path = home.join(name);
        fs::write(&path, places.fill(&fs::read_to_string(&path).unwrap())).unwrap();
    }
    let child = start(case, &places, &work.0);
    let mut outcome = finish(child, case, &places, &node).await;
    outcome.calls = node.calls();
    differences(case, folder, &home, &places, &outcome)
}

fn start(case: &Case, places: &Places, work: &Path) -> Child {
    Command::new("/bin/sh")
        .args(["-c", "umask 022; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_talosctl")])
        .args(case.args.iter().map(|word| places.fill(word)))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", work.join("home"))
        .env("TALOSCONFIG", work.join("talosconfig"))
        .env("TZ", "UTC")
        .env("TERM", "dumb")
        .env("LC_ALL", "C.UTF-8")
        .env("TMPDIR", work)
        .envs(case.env.iter().map(|(name, value)| (name, places.fill(value))))
        .current_dir(work.join("home"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn finish(mut child: Child, case: &Case, places: &Places, node: &TestNode) -> Outcome {
    let (id, mut stdin) = (child.id().unwrap(), child.stdin.take().unwrap());
    let text = places.fill(&case.stdin);
    let feed = async {
        // The program may end before it has read everything.
        let _ = stdin.write_all(text.as_bytes()).await;
        drop(stdin);
        if let Some(interrupt) = &case.interrupt {
            node.held(interrupt.held).await;
            tokio::time::sleep(Duration::from_millis(interrupt.after)).await;
            Command::new("kill").args(["-INT", &id.to_string()]).status().await.unwrap();
        }
        std::future::pending::<()>().await;
    };
    let output = async {
        tokio::select! {
            output = child.wait_with_output() => output.unwrap(),
            () = feed => unreachable!("feeding never ends"),
        }
    };
    match tokio::time::timeout(LONGEST, output).await {
        Ok(output) => {
            Outcome { exit: output.status.code(), stdout: output.stdout, stderr: output.stderr, calls: Vec::new() }
        }
        Err(_) => Outcome { exit: None, stdout: Vec::new(), stderr: b"(timeout)".to_vec(), calls: Vec::new() },
    }
}

fn differences(case: &Case, folder: &Path, home: &Path, places: &Places, outcome: &Outcome) -> Vec<String> {
    let masked = |bytes: &[u8]| {
        let mut bytes = places.hide(bytes);
        for (pattern, replacement) in &case.masks {
            bytes = pattern.replace_all(&bytes, replacement.as_bytes()).into_owned();
        }
        bytes
    };
    let expected = |path: PathBuf| fs::read(path).unwrap_or_default();
    let mut problems = Vec::new();
    if outcome.exit.map(i64::from) != Some(case.exit) {
        let stderr = masked(&outcome.stderr);
        let stderr = String::from_utf8_lossy(&stderr);
        problems.push(format!("exit: want {}, got {:?}\n{stderr}\n", case.exit, outcome.exit));
    }
    for (name, got) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        problems.extend(compare::outputs(name, case.comparison(name), &expected(folder.join(name)), &masked(got)));
    }
    if case.comparison("requests") != "none" {
        let stored = fs::read_to_string(folder.join("requests.json")).unwrap_or_else(|_| "[]".to_owned());
        let want: Vec<Value> = serde_json::from_str(&stored).unwrap();
        let got: Vec<Value> = outcome.calls.iter().map(|call| recorded(call, case, places)).collect();
        problems.extend(compare::requests(case.comparison("requests"), &want, &got));
    }
    let present = files(home);
    for (pattern, rules) in &case.files {
        let pattern = glob(pattern);
        let names: Vec<&String> = present.iter().filter(|name| pattern.is_match(name.as_bytes())).collect();
        for rule in rules.split(',') {
            if rule == "absent" {
                problems.extend(names.iter().map(|name| format!("{name}: must not exist\n")));
                continue;
            }
            if names.is_empty() {
                problems.push(format!("{pattern}: missing\n"));
            }
            for name in &names {
                let path = home.join(name);
                let out = |suffix: &str| expected(folder.join("out").join(format!("{name}{suffix}")));
                match rule {
                    "exists" => {}
                    "exact" => problems.extend(compare::outputs(name, "exact", &out(""), &masked(&content(&path)))),
                    "zip-names" => {
                        let got = zip::names(&content(&path));
                        problems.extend(compare::outputs(name, "exact", &out(".names"), got.as_bytes()));
                    }
                    _ => problems.extend(mode(name, &path, rule)),
                }
            }
        }
    }
    problems
}

fn mode(name: &str, path: &Path, rule: &str) -> Option<String> {
    let want = u32::from_str_radix(rule.strip_prefix("mode:").expect("a known rule"), 8).unwrap();
    let got = path.symlink_metadata().unwrap().permissions().mode() & 0o7777;
    (want != got).then(|| format!("{name}: want mode {want:04o}, got {got:04o}\n"))
}

/// A call as the records show it.
fn recorded(call: &Call, case: &Case, places: &Places) -> Value {
    let compared = call.metadata.iter().filter(|(key, _)| case.metadata.contains(key));
    let metadata: Map<String, Value> = compared.map(|(key, values)| (key.clone(), json!(values))).collect();
    let text = json!({
        "listener": call.listener,
        "method": call.method,
        "metadata": metadata,
        "messages": call.messages,
    });
    serde_json::from_slice(&places.hide(text.to_string().as_bytes())).unwrap()
}

/// A file's bytes, a link's target.
fn content(path: &Path) -> Vec<u8> {
    if path.is_symlink() {
        return fs::read_link(path).unwrap().into_os_string().into_encoded_bytes();
    }
    if path.is_dir() { Vec::new() } else { fs::read(path).unwrap() }
}

/// Everything below a folder, as paths relative to it.
fn files(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            }
            found.push(name);
        }
    }
    let mut found = Vec::new();
    walk(folder, "", &mut found);
    found.sort();
    found
}

/// `*` and `?` of shell patterns; a slash is nothing special.
fn glob(pattern: &str) -> Regex {
    let pattern = regex::escape(pattern).replace(r"\*", ".*").replace(r"\?", ".");
    Regex::new(&format!("(?s)^{pattern}$")).unwrap()
}

/// What only the run knows: words in braces that stand for it, and names that replace it in texts.
struct Places {
    values: Vec<(&'static str, String)>,
    hidden: Vec<(Regex, &'static str)>,
}

impl Places {
    fn new(node: &TestNode, closed: &TcpSocket, work: &Path) -> Self {
        let (identity, other) = (node.identity(), Identity::new("other"));
        let path = |name: &str| work.join(name).to_str().unwrap().to_owned();
        let (own, foreign) = (&identity.credentials, &other.credentials);
        let closed = closed.local_addr().unwrap().to_string();
        let values = vec![
            ("NODE", node.address().to_string()),
            ("MAINT", node.maintenance_address().to_string()),
            ("CLOSED", closed.clone()),
            ("NODE_PORT", node.address().port().to_string()),
            ("MAINT_PORT", node.maintenance_address().port().to_string()),
            ("FINGERPRINT", identity.fingerprint_text()),
            ("OTHER_FINGERPRINT", other.fingerprint_text()),
            ("CA", own.ca.clone()),
            ("CRT", own.crt.clone()),
            ("KEY", own.key.to_string()),
            ("OTHER_CA", foreign.ca.clone()),
            ("OTHER_CRT", foreign.crt.clone()),
            ("OTHER_KEY", foreign.key.to_string()),
            ("HOME", path("home")),
            ("TALOSCONFIG", path("talosconfig")),
        ];
        let hidden = [
            (path("talosconfig"), "$$TALOSCONFIG"),
            (path("home"), "$$HOME"),
            (work.to_str().unwrap().to_owned(), "$$TMP"),
            (node.address().to_string(), "$$NODE"),
            (node.maintenance_address().to_string(), "$$MAINT"),
            (closed, "$$CLOSED"),
            (identity.fingerprint_text(), "$$FINGERPRINT"),
            (other.fingerprint_text(), "$$OTHER_FINGERPRINT"),
        ];
        let hidden = hidden.map(|(text, name)| (Regex::new(&regex::escape(&text)).unwrap(), name));
        Self { values, hidden: hidden.into() }
    }

    fn fill(&self, text: &str) -> String {
        let place = regex::Regex::new(r"\{([A-Z_]+)\}").unwrap();
        let value = |found: &regex::Captures<'_>| {
            let known = self.values.iter().find(|(name, _)| *name == &found[1]);
            known.map_or(found[0].to_owned(), |(_, value)| value.clone())
        };
        place.replace_all(text, value).into_owned()
    }

    fn hide(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for (text, name) in &self.hidden {
            bytes = text.replace_all(&bytes, name.as_bytes()).into_owned();
        }
        bytes
    }
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
pub(super) struct WorkingFolder(pub(super) PathBuf);

impl WorkingFolder {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().canonicalize().unwrap();
        let path = path.join(format!("talosctl-online-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for WorkingFolder {
    fn drop(&mut self) {
        make_removable(&self.0);
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Folders without write permission keep their files.
fn make_removable(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let path = entry.path();
            if let Ok(metadata) = path.metadata() {
                let _ = fs::set_permissions(&path, fs::Permissions::from_mode(metadata.mode() | 0o700));
            }
            make_removable(&path);
        }
    }
}
