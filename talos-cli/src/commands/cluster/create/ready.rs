//! Waiting for a new cluster.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use talos_api::client::{self, Client};
use talos_api::proto::machine::ApplyConfigurationRequest;
use talos_config::talosconfig::Talosconfig;
use talos_node::local::plan::PlannedNode;
use talos_node::local::process;
use talos_node::local::readiness::{self, Goal, Target};
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    INPUT_DIR, SKIP_INJECTING_CONFIG, SKIP_KUBECONFIG, WAIT, WAIT_TIMEOUT, WITH_APPLY_CONFIG, WITH_CLUSTER_DISCOVERY,
};
use crate::call::Call;
use crate::io::Io;
use crate::track::report::{Reporter, Status};

/// How long a machine may take to accept its configuration, and the pause between tries.
const APPLY: Duration = Duration::from_secs(120);
const APPLY_PAUSE: Duration = Duration::from_millis(250);

/// How often processes are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Lines of each machine in a crash dump.
const DUMPED: usize = 1000;

/// Gives machines their configurations if they have none yet, and waits for the cluster, as the command line says.
pub(super) fn wait(
    call: &Call<'_>,
    nodes: &[PlannedNode],
    talosconfig: &Talosconfig,
    folder: &Path,
    io: &mut Io<'_>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("error starting the network runtime")?;
    runtime.block_on(async {
        if call.get(&WITH_APPLY_CONFIG) {
            apply(nodes, folder).await?;
        }
        if !call.get(&WAIT) {
            return Ok(());
        }
        let deadline = Instant::now() + call.get(&WAIT_TIMEOUT).to_std();
        let context = client::Context::from(talosconfig.resolve(None)?);
        let is_configured = call.get(&WITH_APPLY_CONFIG) || !call.get(&SKIP_INJECTING_CONFIG);
        if !is_configured {
            return until(nodes, &context, Goal::Maintenance, "maintenance mode", deadline, folder, io).await;
        }
        until(nodes, &context, Goal::Api, "the API", deadline, folder, io).await?;
        // Configurations of a folder may name a service that is not reached from here.
        if call.get(&INPUT_DIR).is_empty() && call.get(&WITH_CLUSTER_DISCOVERY) {
            until(nodes, &context, Goal::Members(nodes.len()), "members", deadline, folder, io).await?;
        }
        io.note("etcd and Kubernetes do not run yet, the cluster is not bootstrapped");
        if !call.get(&SKIP_KUBECONFIG) {
            io.note("no kubeconfig is merged, for there is none");
        }
        Ok(())
    })
}

/// Waits until all machines reach a goal, or one of their processes ends.
async fn until(
    nodes: &[PlannedNode],
    context: &client::Context,
    goal: Goal,
    what: &str,
    deadline: Instant,
    folder: &Path,
    io: &mut Io<'_>,
) -> anyhow::Result<()> {
    let targets: Vec<Target> = nodes.iter().map(Target::from).collect();
    let ready = RefCell::new(0);
    let mut reporter = Reporter::default();
    let mut report = |status, io: &mut Io<'_>| {
        let (ready, all) = (*ready.borrow(), targets.len());
        let state = if status == Status::Succeeded { "OK".to_owned() } else { format!("{ready} of {all}") };
        reporter.report(status, &format!("waiting for {what} on all machines: {state}"), io);
    };
    report(Status::Running, io);
    let mut waiting = std::pin::pin!(readiness::wait(&targets, context, goal, deadline, |_| *ready.borrow_mut() += 1));
    loop {
        tokio::select! {
            outcome = &mut waiting => {
                report(if outcome.is_ok() { Status::Succeeded } else { Status::Failed }, io);
                return Ok(outcome?);
            }
            // Cancel-safe: it only waits.
            () = sleep(LOOK) => {
                process::check(folder)?;
                report(Status::Running, io);
            }
        }
    }
}

/// Gives each machine in maintenance mode its configuration, one after the other.
async fn apply(nodes: &[PlannedNode], folder: &Path) -> anyhow::Result<()> {
    for node in nodes {
        let deadline = Instant::now() + APPLY;
        let data = node.config.clone().unwrap_or_default().into_bytes();
        loop {
            process::check(folder)?;
            let client = Client::builder().endpoints([node.address.to_string()]).maintenance([]).build()?;
            let request = ApplyConfigurationRequest { data: data.clone(), ..ApplyConfigurationRequest::default() };
            let reply = timeout_at(deadline, client.apply_configuration(request)).await;
            let failure = match reply {
                Ok(reply) => match reply.and_then(|replies| replies.all()) {
                    Ok(_) => break,
                    Err(failure) => failure,
                },
                Err(_) => anyhow::bail!("{}: the configuration was not accepted in time", node.name),
            };
            // Whoever listens and refuses will not change its mind.
            if failure.code() != tonic::Code::Unavailable || Instant::now() + APPLY_PAUSE > deadline {
                return Err(failure).with_context(|| format!("{}: error applying the configuration", node.name));
            }
            sleep(APPLY_PAUSE).await;
        }
    }
    Ok(())
}

/// Shows the last lines of each machine.
pub(super) fn crash_dump(nodes: &[PlannedNode], folder: &Path, io: &mut Io<'_>) {
    for node in nodes {
        io.note(format_args!("{}\n{}\n", node.name, "=".repeat(node.name.len())));
        for line in process::last_lines(folder, &node.name, DUMPED) {
            io.note(line);
        }
    }
}
