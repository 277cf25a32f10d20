//! Chores of this workspace.
//!
//! `cargo xtask VERB [OPTIONS]`; without a verb the list of them is printed. A verb is one row of [`VERBS`] and one
//! file beside this one.

mod check;
mod codegen;
mod fuzz;
mod schema;

use std::path::PathBuf;
use std::process::ExitCode;

/// A chore: its name, its options, what it does.
struct Verb {
    name: &'static str,
    options: &'static str,
    about: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

const VERBS: &[Verb] = &[
    Verb {
        name: "check",
        options: "[STEP ...]",
        about: "everything that has to hold before a change lands, or the named steps of it",
        run: check::run,
    },
    Verb {
        name: "codegen",
        options: "[--check]",
        about: "write talos-api/src/gen from talos-api/proto; with --check only compare",
        run: codegen::run,
    },
    Verb {
        name: "fuzz",
        options: "SECONDS [TARGET ...]",
        about: "run the fuzz targets, each for so many seconds",
        run: fuzz::run,
    },
    Verb {
        name: "schema",
        options: "[--check]",
        about: "write the schema and reference page of the configuration; with --check only compare",
        run: schema::run,
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
    match (verb.run)(&arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error:#}", verb.name);
            ExitCode::FAILURE
        }
    }
}

/// Root folder of the workspace.
fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_path_buf()
}
