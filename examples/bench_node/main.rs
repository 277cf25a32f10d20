//! Measures nodes: how fast they start, what they weigh, and how fast they answer.
//!
//! ```text
//! bench_node --program PATH [--nodes N] [--seconds N]
//! bench_node --address HOST:PORT --talosconfig FILE [--seconds N]
//! ```
//!
//! The first form starts `talos-node` (PATH) as a process, and a cluster of N nodes (default 100) inside of this one. The
//! second only calls `Version` of a server that is there, so that another implementation can be held to the same client.
//! Prints one JSON object. Times are in milliseconds, memory is resident and in MiB. Build both programs with optimization:
//!
//! ```text
//! cargo build --release -p talos-node
//! cargo run --release -p talos-examples --example bench_node -- --program target/release/talos-node
//! ```

mod calls;
mod cluster;
mod process;
#[path = "../system.rs"]
mod system;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use talos_api::client::Client;
use talos_config::talosconfig::Talosconfig;
use talos_config_yaml::source::Source;

struct Arguments {
    program: Option<PathBuf>,
    server: Option<(String, PathBuf)>,
    nodes: usize,
    seconds: u64,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let arguments = arguments()?;
    let duration = Duration::from_secs(arguments.seconds);
    let answer = match (&arguments.program, &arguments.server) {
        (Some(program), None) => {
            let folder = Folder::new()?;
            json!({
                "process": process::measure(program, &folder.0, duration).await?,
                "cluster": cluster::measure(arguments.nodes, &folder.0, duration).await?,
            })
        }
        (None, Some((address, file))) => {
            let name = file.display().to_string();
            let text = std::fs::read(file).with_context(|| name.clone())?;
            let talosconfig = Talosconfig::from_yaml(&Source::new(name, text))?;
            json!({ "calls": calls::measure(&client(&talosconfig, address)?, duration).await? })
        }
        _ => bail!("give --program, or both --address and --talosconfig"),
    };
    print(&answer)
}

fn print(answer: &Value) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(answer)?;
    text.push('\n');
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn arguments() -> anyhow::Result<Arguments> {
    let (mut program, mut address, mut talosconfig, mut nodes, mut seconds) = (None, None, None, 100, 3);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} takes a value"));
        match word.as_str() {
            "--program" => program = Some(value()?.into()),
            "--address" => address = Some(value()?),
            "--talosconfig" => talosconfig = Some(value()?.into()),
            "--nodes" => nodes = value()?.parse().context("--nodes takes a number")?,
            "--seconds" => seconds = value()?.parse().context("--seconds takes a number")?,
            _ => bail!("unknown argument {word:?}; known: --program, --address, --talosconfig, --nodes and --seconds"),
        }
    }
    if nodes < 2 || seconds == 0 {
        bail!("--nodes takes a number above 1, --seconds one above 0");
    }
    Ok(Arguments { program, server: address.zip(talosconfig), nodes, seconds })
}

/// A client with the credentials of a client file, which dials one server.
fn client(talosconfig: &Talosconfig, address: &str) -> anyhow::Result<Client> {
    let (_, context) = talosconfig.contexts.first_key_value().context("the client file has no context")?;
    Ok(Client::builder().context(&context.into()).endpoints([address]).build()?)
}

/// A folder that goes with its value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("bench-node-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // One that is gone already is as good.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Resident memory of a process: now, and at most so far.
fn memory(process: u32) -> anyhow::Result<(f64, f64)> {
    let path = Path::new("/proc").join(process.to_string()).join("status");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
        let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().with_context(|| line.to_owned())?;
        anyhow::Ok(rounded(kibibytes / 1024.0))
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

fn milliseconds(since: Instant) -> f64 {
    rounded(since.elapsed().as_secs_f64() * 1000.0)
}

/// Two digits behind the point.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
