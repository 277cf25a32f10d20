//! Plays recorded runs of the original program against a scripted node, whose answers come from the same records.
//!
//! A case is a folder with `case.json`:
//!
//! | key | meaning |
//! |---|---|
//! | `args`, `env`, `stdin` | the call |
//! | `scenario` | folder below `scenarios` that the node answers from |
//! | `exit` | exit status |
//! | `compare` | for `stdout`, `stderr`: `exact`, `first-line`, `sorted-lines`, `none`; for `requests`: `exact`, `unordered`, `methods`, `method-set`, `none` |
//! | `metadata` | keys of request metadata that are compared |
//! | `files` | glob in the working folder: `exact`, `exists`, `absent`, `mode:0600`, `zip-names`, joined by commas |
//! | `fill` | files of `in/` in which placeholders are replaced |
//! | `mask` | regular expressions and what replaces their matches in all texts |
//! | `interrupt` | SIGINT `after_ms` after the node keeps `held` calls open |
//! | `why` | what the case is for |
//!
//! `in/` is copied into a fresh folder, which is the working and home folder of the program; `out/`, `stdout`, `stderr`
//! and `requests.json` are expected. `{NODE}` and other words in braces stand for what only the run knows; the expected
//! texts name it `$NODE`.

mod case;
mod compare;
mod hostile;
mod live;
mod play;
mod zip;

use std::path::{Path, PathBuf};

use case::Case;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/online")
}

/// Plays every case of an area and fails with all differences.
fn area(name: &str) {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root().join(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("case.json").is_file())
        .collect();
    folders.sort();
    assert!(!folders.is_empty(), "no cases for {name}");
    let (mut failures, mut failed) = (String::new(), 0);
    for folder in &folders {
        let case = Case::load(folder);
        let problems = play::play(&case, folder);
        if !problems.is_empty() {
            failed += 1;
            let title = folder.file_name().unwrap().to_str().unwrap();
            failures += &format!("--- {name}/{title}: {}\n    talosctl {}\n", case.why, case.args.join(" "));
            failures.extend(problems);
        }
    }
    assert!(failed == 0, "{failed} of {} cases differ\n{failures}", folders.len());
}

macro_rules! areas {
    ($($test:ident = $name:literal),* $(,)?) => {
        $(#[test] fn $test() { area($name); })*

        #[test]
        fn every_area_is_played() {
            let mut areas: Vec<_> = std::fs::read_dir(root())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name != "scenarios")
                .collect();
            areas.sort();
            assert_eq!(areas, [$($name),*]);
        }
    };
}

areas! {
    apply_config = "apply-config",
    bootstrap = "bootstrap",
    completion = "completion",
    config_new = "config-new",
    connection = "connection",
    containers = "containers",
    copy = "copy",
    direct = "direct",
    disks = "disks",
    dmesg = "dmesg",
    edit = "edit",
    etcd = "etcd",
    events = "events",
    get = "get",
    health = "health",
    image = "image",
    inspect = "inspect",
    kubeconfig = "kubeconfig",
    list = "list",
    logs = "logs",
    memory = "memory",
    meta = "meta",
    mounts = "mounts",
    netstat = "netstat",
    patch = "patch",
    pcap = "pcap",
    processes = "processes",
    read = "read",
    reboot = "reboot",
    reset = "reset",
    restart = "restart",
    rollback = "rollback",
    service = "service",
    shutdown = "shutdown",
    stats = "stats",
    support = "support",
    time = "time",
    upgrade = "upgrade",
    upgrade_k8s = "upgrade-k8s",
    usage = "usage",
    version = "version",
}
