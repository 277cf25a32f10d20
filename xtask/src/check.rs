//! Everything that has to hold before a change lands, as named steps that print their time.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};

/// One step: its name and what it runs.
struct Step {
    name: &'static str,
    about: &'static str,
    commands: &'static [Invocation],
}

/// One command line; the program is `cargo` unless it says otherwise.
struct Invocation {
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const fn cargo(arguments: &'static [&'static str]) -> Invocation {
    Invocation { arguments, environment: &[] }
}

/// The libraries, for lints on each of their feature sets.
macro_rules! libraries {
    ($verb:literal, $($rest:literal),*) => {
        &[$verb, "-p", "talos-config-yaml", "-p", "talos-pki", "-p", "talos-config", "-p", "talos-api", $($rest),*]
    };
}

/// Steps with all features of the whole workspace come first and share what they compile; the feature sets are compiled for
/// the libraries alone.
const STEPS: &[Step] = &[
    Step { name: "format", about: "rustfmt", commands: &[cargo(&["fmt", "--all", "--check"])] },
    Step {
        name: "clippy",
        about: "clippy with all, with default and without features",
        commands: &[
            cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]),
            cargo(libraries!("clippy", "--", "-D", "warnings")),
            cargo(libraries!("clippy", "-p", "talos-cli", "--no-default-features", "--", "-D", "warnings")),
        ],
    },
    Step {
        name: "docs",
        about: "documentation without warnings",
        commands: &[Invocation {
            arguments: &["doc", "--workspace", "--no-deps", "--all-features"],
            environment: &[("RUSTDOCFLAGS", "-D warnings")],
        }],
    },
    Step {
        name: "test",
        about: "all tests, documentation tests included",
        commands: &[cargo(&["test", "--workspace", "--all-features"])],
    },
    Step {
        name: "generated",
        about: "generated code, schema, reference page and ledger are what the sources give",
        // The verbs with `--check` are tests of this program, which the step before has compiled.
        commands: &[cargo(&["test", "--workspace", "--all-features", "--bin", "xtask"])],
    },
    Step { name: "deny", about: "licences, sources and banned crates", commands: &[cargo(&["xtask", "deny"])] },
    Step {
        name: "wasm",
        about: "configuration and PKI data for WebAssembly",
        commands: &[cargo(&["check", "--target", "wasm32-unknown-unknown", "-p", "talos-config", "-p", "talos-pki"])],
    },
    Step {
        name: "musl",
        about: "static talosctl and talos-node for x86_64 and aarch64",
        commands: &[
            cargo(&["build", "--target", "x86_64-unknown-linux-musl", "-p", "talos-cli", "-p", "talos-node"]),
            cargo(&["build", "--target", "aarch64-unknown-linux-musl", "-p", "talos-cli", "-p", "talos-node"]),
        ],
    },
    Step { name: "fuzz", about: "each fuzz target for a few seconds", commands: &[cargo(&["xtask", "fuzz", "5"])] },
];

/// Runs the named steps, or all of them.
pub(crate) fn run(names: &[String]) -> anyhow::Result<()> {
    for name in names {
        if !STEPS.iter().any(|step| step.name == name) {
            let known: Vec<_> = STEPS.iter().map(|step| format!("  {:<10} {}", step.name, step.about)).collect();
            bail!("there is no step {name:?}; there are\n{}", known.join("\n"));
        }
    }
    let mut times = Vec::new();
    for step in STEPS.iter().filter(|step| names.is_empty() || names.iter().any(|name| name == step.name)) {
        let start = Instant::now();
        println!("==> {}: {}", step.name, step.about);
        for command in step.commands {
            command.run().with_context(|| format!("step {}", step.name))?;
        }
        times.push(format!("{} {:.0} s", step.name, start.elapsed().as_secs_f64()));
        println!("    {}", times[times.len() - 1]);
    }
    println!("==> all steps passed: {}", times.join(", "));
    Ok(())
}

impl Invocation {
    fn run(&self) -> anyhow::Result<()> {
        let line = self.arguments.join(" ");
        println!("    cargo {line}");
        let status = Command::new("cargo")
            .args(self.arguments)
            .envs(self.environment.iter().copied())
            .current_dir(crate::workspace())
            .status()
            .with_context(|| format!("cargo {line}"))?;
        if !status.success() {
            bail!("cargo {line}: {status}");
        }
        Ok(())
    }
}
