//! Chores of this workspace.
//!
//! `cargo xtask VERB [OPTIONS]`; without a verb the list of them is printed. A verb is one row of [`VERBS`] and one
//! file beside this one.

mod check;
#[cfg(feature = "generate")]
mod codegen;
mod deny;
mod fuzz;
#[cfg(feature = "generate")]
mod ledger;
#[cfg(all(test, feature = "generate"))]
mod pages;
#[cfg(feature = "generate")]
mod parity;
#[cfg(feature = "generate")]
mod schema;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

/// What a chore runs, with the words after its name.
type Run = fn(&[String]) -> anyhow::Result<()>;

/// A chore: its name, its options, what it does.
struct Verb {
    name: &'static str,
    options: &'static str,
    about: &'static str,
    /// `None` for a verb that needs the feature `generate`, where it is off.
    run: Option<Run>,
}

/// Makes a verb of a function of the feature `generate`.
macro_rules! generator {
    ($run:path) => {{
        #[cfg(feature = "generate")]
        let run: Option<Run> = Some($run);
        #[cfg(not(feature = "generate"))]
        let run = None;
        run
    }};
}

const VERBS: &[Verb] = &[
    Verb {
        name: "check",
        options: "[STEP ...]",
        about: "everything that has to hold before a change lands, or the named steps of it",
        run: Some(check::run),
    },
    Verb {
        name: "codegen",
        options: "[--check]",
        about: "write talos-api/src/gen from talos-api/proto; with --check only compare",
        run: generator!(codegen::run),
    },
    Verb {
        name: "deny",
        options: "",
        about: "look for licences, sources and crates that must not be among the dependencies",
        run: Some(deny::run),
    },
    Verb {
        name: "fuzz",
        options: "SECONDS [TARGET ...]",
        about: "run the fuzz targets, each for so many seconds",
        run: Some(fuzz::run),
    },
    Verb {
        name: "parity",
        options: "[--check]",
        about: "write what the parity ledger says of commands and flags; with --check only compare",
        run: generator!(parity::run),
    },
    Verb {
        name: "schema",
        options: "[--check]",
        about: "write the schema and reference page of the configuration; with --check only compare",
        run: generator!(schema::run),
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(verb) = arguments.first().and_then(|name| VERBS.iter().find(|verb| verb.name == name)) else {
        eprintln!("usage: cargo xtask VERB\n");
        for verb in VERBS {
            eprintln!("  {:<28} {}", format!("{} {}", verb.name, verb.options), verb.about);
        }
        return ExitCode::from(2);
    };
    match verb.run.map_or_else(|| with_generators(&arguments), |run| run(&arguments[1..])) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error:#}", verb.name);
            ExitCode::FAILURE
        }
    }
}

/// Runs this program again, with the verbs of the feature `generate`.
fn with_generators(arguments: &[String]) -> anyhow::Result<()> {
    let status = Command::new("cargo")
        .args(["run", "--quiet", "--package", "xtask", "--features", "generate", "--"])
        .args(arguments)
        .current_dir(workspace())
        .status()
        .context("cargo run --features generate")?;
    if status.success() { Ok(()) } else { bail!("{status}") }
}

/// Root folder of the workspace.
fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_path_buf()
}

/// Where cargo puts what it builds.
fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), |folder| workspace().join(folder))
}
