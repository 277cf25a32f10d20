//! Checks a configuration and shows for every problem where it is.
//!
//! ```text
//! cargo run -p talos-examples --example validate_with_positions -- [FILE]
//! ```
//!
//! Without a file it checks three faulty texts: two that cannot be loaded, and one that breaks rules.

use std::fs;
use std::io::Write;

use anyhow::Context;
use talos_config::diagnostic::{self, Diagnostic, Severity};
use talos_config::validate::{self, Mode};
use talos_config::{Source, load_source};

const UNKNOWN_KEYS: &str = "machine:
    type: worker
    featuers:
        rbac: true
    network:
        interfaces:
            - inteface: eth0
";

const WRONG_TYPE: &str = "machine:
    type: worker
    network:
        interfaces:
            - interface: eth0
              mtu: many
";

const BROKEN_RULES: &str = "machine:
    type: worker
    install:
        disk: /dev/sda
    network:
        interfaces:
            - interface: eth0
              addresses:
                - 10.0.0.300/24
              vip:
                ip: 10.0.0.9
cluster:
    controlPlane:
        endpoint: https://10.5.0.2:70000
";

fn main() -> anyhow::Result<()> {
    let sources = match std::env::args().nth(1) {
        Some(path) => vec![Source::new(&path, fs::read(&path).context(path.clone())?)],
        None => vec![
            Source::new("unknown-keys.yaml", UNKNOWN_KEYS),
            Source::new("wrong-type.yaml", WRONG_TYPE),
            Source::new("broken-rules.yaml", BROKEN_RULES),
        ],
    };
    let mut out = std::io::stdout();
    for source in sources {
        let name = source.name().to_owned();
        let problems = check(source);
        for problem in &problems {
            show(problem, &mut out)?;
        }
        writeln!(out, "{name}: {} problems", problems.len())?;
    }
    Ok(())
}

/// Everything that is wrong with a text, on a machine that installs itself.
fn check(source: Source) -> Vec<Diagnostic> {
    let configuration = match load_source(source) {
        Ok(configuration) => configuration,
        Err(error) => return diagnostic::load_error(&error),
    };
    let (warnings, verdict) = validate::validate(&configuration, Mode::Metal, validate::Options::default());
    let mut problems = diagnostic::findings(&configuration, &warnings, Severity::Warning);
    if let Err(errors) = verdict {
        problems.extend(diagnostic::findings(&configuration, &errors.0, Severity::Error));
    }
    problems
}

fn show(problem: &Diagnostic, out: &mut impl Write) -> std::io::Result<()> {
    let Diagnostic { severity, message, path, place, hints } = problem;
    if let Some(place) = place {
        write!(out, "{}:{}:{}: ", place.source, place.position.line, place.position.column)?;
    }
    writeln!(out, "{severity:?}: {message} [{path}]")?;
    if let Some(place) = place {
        let indent = place.position.column as usize - 1;
        writeln!(out, "    {}\n    {:indent$}{}", place.line, "", "^".repeat(place.length))?;
    }
    hints.iter().try_for_each(|hint| writeln!(out, "    {hint}"))
}
