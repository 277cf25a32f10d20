//! Plays recorded runs of the original program.
//!
//! A case is a folder with `case.json`:
//!
//! | key | meaning |
//! |---|---|
//! | `args`, `env`, `stdin` | the call; `$PWD` stands for the working folder |
//! | `exit` | exit status |
//! | `compare` | for `stdout` and `stderr`: `exact`, `first-line`, `yaml`, `none` |
//! | `files` | path in the working folder: `exact`, `yaml`, `pem`, `exists`, `absent`, `mode:0600`, joined by `+` |
//! | `mask` | regular expressions and what replaces their matches in all texts |
//! | `why` | what the case is for |
//!
//! `in/` is copied into a fresh working folder, which also gets an empty folder `home`; `out/`, `stdout` and `stderr` are
//! expected, a missing text is an empty one.

mod case;
mod compare;
mod pem;
mod play;
mod yaml;

use std::path::{Path, PathBuf};

use case::Case;
use play::{Player, play};

/// Cases of commands that talk to machines.
const ONLINE: &[&str] = &[
    "cli/apply-mode-bad",
    "cli/apply-no-file",
    "cli/bool-bad",
    "cli/bootstrap-two-nodes",
    "cli/context-missing",
    "cli/copy-args",
    "cli/duration-bad",
    "cli/etcd-unknown",
    "cli/int-bad",
    "cli/kubeconfig-multi",
    "cli/logs-no-arg",
    "cli/read-no-path",
    "cli/reset-insecure-wait",
    "cli/service-many",
    "cli/time-no-nodes",
    "cli/upgrade-k8s-bad-flag",
    "cli/version-no-endpoints",
    "config/new-no-endpoints",
];

/// True for a case that cannot pass in this build.
fn is_pending(title: &str) -> bool {
    !cfg!(feature = "online") && ONLINE.contains(&title)
}

/// Plays every case of an area and fails with all differences.
fn area(name: &str, player: Player) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/offline").join(name);
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&root)
        .unwrap_or_else(|error| panic!("{}: {error}", root.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("case.json").is_file())
        .collect();
    folders.sort();
    assert!(!folders.is_empty(), "no cases in {}", root.display());
    let (mut failures, mut failed) = (String::new(), 0);
    for folder in &folders {
        let title = format!("{name}/{}", folder.file_name().unwrap().to_str().unwrap());
        let case = Case::load(folder);
        let problems = play(&case, folder, player);
        let pending = is_pending(&title);
        if pending == problems.is_empty() {
            failed += 1;
            failures += &format!("--- {title}: {}\n    talosctl {}\n", case.why, case.args.join(" "));
            failures += if pending { "passes, but is listed as pending\n" } else { "" };
            failures.extend(problems);
        }
    }
    assert!(failed == 0, "{failed} of {} cases differ\n{failures}", folders.len());
}

macro_rules! areas {
    ($($test:ident = $name:literal),* $(,)?) => {
        mod binary {
            $(#[test] fn $test() { super::area($name, super::Player::Binary); })*
        }
        mod in_process {
            $(#[test] fn $test() { super::area($name, super::Player::InProcess); })*
        }

        #[test]
        fn every_area_is_played() {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/offline");
            let mut areas: Vec<_> =
                std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            areas.sort();
            assert_eq!(areas, [$($name),*]);
        }
    };
}

areas! {
    cli = "cli",
    config = "config",
    encode = "encode",
    gen_config = "gen-config",
    gen_pki = "gen-pki",
    gen_secrets = "gen-secrets",
    inject = "inject",
    load = "load",
    machineconfig_gen = "machineconfig-gen",
    machineconfig_patch = "machineconfig-patch",
    validate = "validate",
}
