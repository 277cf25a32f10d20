//! Measures what the libraries do, on prepared inputs.
//!
//! ```text
//! bench_ops [--inputs DIR] [--only TEXT] [--threads N] [--results]
//! ```
//!
//! Prints one JSON object: for each operation how often a batch ran it, and the medians of seven batches, wall time and
//! CPU time in nanoseconds. With `--results` it prints length and SHA-256 of what the operations give instead, so that
//! another implementation can be held to the same answers.
//!
//! DIR holds `config-{7k,60k,1m}.yaml`, `patch-strategic.yaml`, `patch-json6902.yaml` and `secrets.yaml`; sizes without a
//! file are left out. Build with optimization: `cargo run --release -p talos-examples --example bench_ops -- --inputs DIR`.

mod measure;
mod ops;
#[path = "../system.rs"]
mod system;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

struct Arguments {
    inputs: PathBuf,
    only: String,
    threads: usize,
    results: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = arguments()?;
    let mut answers = Map::new();
    for operation in ops::all(&arguments.inputs)? {
        if !operation.name.contains(&arguments.only) {
            continue;
        }
        let answer = if arguments.results {
            let Some(result) = operation.result else { continue };
            let bytes = result();
            json!({ "bytes": bytes.len(), "sha256": hexadecimal(&Sha256::digest(&bytes)) })
        } else {
            let measured = measure::measure(&*operation.run, arguments.threads);
            json!({ "n": measured.n, "ns_per_op": measured.wall, "cpu_ns_per_op": measured.cpu })
        };
        answers.insert(operation.name, answer);
    }
    let mut text = serde_json::to_string_pretty(&Value::Object(answers))?;
    text.push('\n');
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn arguments() -> anyhow::Result<Arguments> {
    let mut arguments = Arguments { inputs: PathBuf::from("."), only: String::new(), threads: 1, results: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} takes a value"));
        match word.as_str() {
            "--inputs" => arguments.inputs = value()?.into(),
            "--only" => arguments.only = value()?,
            "--threads" => arguments.threads = value()?.parse().context("--threads takes a number")?,
            "--results" => arguments.results = true,
            _ => bail!("unknown argument {word:?}; known are --inputs, --only, --threads and --results"),
        }
    }
    if arguments.threads == 0 {
        bail!("--threads takes a number above 0");
    }
    Ok(arguments)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
