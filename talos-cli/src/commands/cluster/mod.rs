//! `talosctl cluster`: clusters on this computer.

mod create;
mod destroy;
mod show;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::bail;
use talos_node::local::isolation::Isolation;
use talos_node::local::process;
use talos_node::local::state::{self, State};

use crate::call::Call;
use crate::command::Command;
use crate::flag::FlagOf;
use crate::global::Environment;
use crate::go;
use crate::io::Io;
use crate::size;
use crate::table::Table;

static NAME: FlagOf<str> = FlagOf::text("name", "Name of the cluster").default("talos-default");
static PROVISIONER: FlagOf<str> =
    FlagOf::text("provisioner", "What makes the machines; local makes them of processes").default(process::PROVISIONER);
static STATE: FlagOf<str> =
    FlagOf::text("state", "Folder that holds a folder for each cluster").computed(default_state);

pub(crate) static COMMAND: Command = Command {
    long: "Make, look at and remove clusters on this computer.

Their machines are processes of the program talos-node, which is looked for beside this program and in PATH. They answer
the API of Talos; etcd and Kubernetes do not run on them yet.",
    persistent: &[NAME.row(), PROVISIONER.row(), STATE.row()],
    children: &[&create::COMMAND, &destroy::COMMAND, &show::COMMAND],
    ..Command::new("cluster", "Make and remove clusters on this computer")
};

fn default_state(environment: &Environment) -> String {
    let home = environment.home();
    home.map(|home| home.join(".talos").join("clusters").to_string_lossy().into_owned()).unwrap_or_default()
}

/// Refuses provisioners that do not exist, or not here.
fn check_provisioner(call: &Call<'_>) -> anyhow::Result<()> {
    match call.get(&PROVISIONER) {
        process::PROVISIONER => Ok(()),
        known @ ("docker" | "qemu") => bail!(
            "the provisioner {known} is not available: use {}, which makes machines of processes",
            process::PROVISIONER
        ),
        other => bail!("unsupported provisioner {}", go::quote(other)),
    }
}

/// The folder of all clusters.
fn clusters(call: &Call<'_>, environment: &Environment) -> anyhow::Result<PathBuf> {
    match call.get(&STATE) {
        "" => bail!("the home folder is not known: name a folder for clusters with --state"),
        path => Ok(environment.directory().join(environment.path(path))),
    }
}

/// The name of the cluster, which is that of its folder, too.
fn name<'a>(call: &'a Call<'_>) -> anyhow::Result<&'a str> {
    let name = call.get(&NAME);
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        bail!("--name {}: machines are named after the cluster, use letters, digits and -", go::quote(name));
    }
    Ok(name)
}

/// What makes networks of their own for machines of a cluster; `None` without the program `ip`.
fn isolation(name: &str, environment: &Environment) -> Option<Isolation> {
    let search = environment.variable("PATH");
    // Where it is for those whose path leaves out what is for root.
    let found =
        process::find("ip", search.as_deref()).or_else(|| process::find("ip", Some("/usr/sbin:/sbin".as_ref())));
    Some(Isolation::new(found?, name))
}

/// Shows a cluster as `cluster show` does.
fn show_cluster(state: &State, io: &mut Io<'_>) -> anyhow::Result<()> {
    let info = &state.info;
    let mut head = Table::new();
    head.row(["PROVISIONER", &state.provisioner])
        .row(["NAME", &info.name])
        .row(["NETWORK NAME", &info.network.name])
        .row(["NETWORK CIDR", &info.network.cidrs.join(",")])
        .row(["NETWORK GATEWAY", &info.network.gateways.join(",")])
        .row(["NETWORK MTU", &info.network.mtu.to_string()]);
    let mut nodes: Vec<&state::NodeInfo> = info.nodes.iter().collect();
    nodes.sort_by(|one, other| one.name.cmp(&other.name));
    let mut table = Table::new();
    table.row(["NAME", "TYPE", "IP", "CPU", "RAM", "DISK"]);
    for node in nodes {
        let unless_zero =
            |number: u64, text: fn(u64) -> String| if number == 0 { "-".to_owned() } else { text(number) };
        table.row([
            node.name.clone(),
            node.machine_type().to_string(),
            node.ips.join(","),
            unless_zero(node.nano_cpus.unsigned_abs(), processors),
            unless_zero(node.memory.unsigned_abs(), size::decimal),
            unless_zero(node.disk_size, size::decimal),
        ]);
    }
    let mut text = head.render();
    let _ = write!(text, "\nNODES:\n\n{}", table.render());
    io.stdout.write_all(text.as_bytes())?;
    Ok(())
}

/// Billionths of processors with two decimals.
fn processors(billionths: u64) -> String {
    let hundredths = (billionths + 5_000_000) / 10_000_000;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
