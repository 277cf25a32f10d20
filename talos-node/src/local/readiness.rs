//! Waiting until machines answer, and saying what they wait for when they do not.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use talos_api::client::{Client, Context, Error, ListOptions};
use talos_api::resources::cluster::Members;
use talos_config::MachineType;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use tonic::Code;

/// How long a machine may take for one answer.
const ANSWER: Duration = Duration::from_secs(2);

/// How often a machine is asked.
const PAUSE: Duration = Duration::from_millis(20);

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The machine answers clients that have a certificate of its cluster.
    Api,
    /// It also knows this many members of its cluster.
    Members(usize),
    /// It waits for a configuration.
    Maintenance,
}

/// Why a machine is not ready yet.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unready {
    /// Nobody answers.
    Silent(Error),
    /// It does not know everybody.
    Members {
        /// How many it knows.
        known: usize,
        /// How many there are.
        wanted: usize,
    },
    /// It has not answered in time.
    Unknown,
}

impl fmt::Display for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent(error) => write!(f, "the API does not answer: {error}"),
            Self::Members { known, wanted } => write!(f, "it knows {known} of {wanted} members of the cluster"),
            Self::Unknown => f.write_str("it has not answered in time"),
        }
    }
}

/// A machine that is not ready.
#[derive(Debug)]
pub struct Late {
    /// Its name.
    pub name: String,
    /// What it waits for, as far as it says.
    pub reason: Unready,
    /// Its services that wait, each with what for.
    pub services: Vec<(String, String)>,
}

/// A machine to wait for.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// What it is.
    pub machine_type: MachineType,
    /// Where it is.
    pub address: Ipv4Addr,
}

/// Machines that were not ready in time.
#[derive(Debug, thiserror::Error)]
#[error("{}", text(.0))]
pub struct NotReady(pub Vec<Late>);

fn text(late: &[Late]) -> String {
    let mut text = String::from("not all machines are ready in time");
    for Late { name, reason, services } in late {
        text += &format!("\n  {name}: {reason}");
        for (service, waits_for) in services {
            text += &format!("\n    {service}: {waits_for}");
        }
    }
    text
}

/// Waits until all machines reach a goal, and tells of each that does. `context` has the credentials; every machine is
/// dialled itself.
///
/// # Errors
/// [`NotReady`] with those that did not until `deadline`.
pub async fn wait(
    targets: &[Target],
    context: &Context,
    goal: Goal,
    deadline: Instant,
    mut ready: impl FnMut(&Target),
) -> Result<(), NotReady> {
    let mut waiting = JoinSet::new();
    for target in targets.iter().cloned() {
        let context = context.clone();
        waiting.spawn(async move {
            let outcome = one(&target, &context, goal, deadline).await;
            (target, outcome)
        });
    }
    let mut late = Vec::new();
    while let Some(done) = waiting.join_next().await {
        match done {
            Ok((target, Ok(()))) => ready(&target),
            Ok((_, Err(one))) => late.push(one),
            // Only a panic ends a task early.
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    late.sort_by(|one, other| one.name.cmp(&other.name));
    if late.is_empty() { Ok(()) } else { Err(NotReady(late)) }
}

async fn one(target: &Target, context: &Context, goal: Goal, deadline: Instant) -> Result<(), Late> {
    let mut reason = Unready::Unknown;
    loop {
        // A new client each time: one that was refused waits longer and longer before it dials again.
        match timeout_at(deadline, ask(target, context, goal)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(unready)) => reason = unready,
            Err(_) => break,
        }
        if timeout_at(deadline, sleep(PAUSE)).await.is_err() {
            break;
        }
    }
    let services = match (client(target, context, goal), goal) {
        (Ok(client), Goal::Api | Goal::Members(_)) => waiting_services(&client).await,
        _ => Vec::new(),
    };
    Err(Late { name: target.name.clone(), reason, services })
}

fn client(target: &Target, context: &Context, goal: Goal) -> Result<Client, Error> {
    let builder = Client::builder().context(context).endpoints([target.address.to_string()]).nodes([""; 0]);
    let builder = if goal == Goal::Maintenance { builder.maintenance([]) } else { builder };
    builder.timeout(ANSWER).build()
}

async fn ask(target: &Target, context: &Context, goal: Goal) -> Result<(), Unready> {
    let client = client(target, context, goal).map_err(Unready::Silent)?;
    match client.version().await.and_then(|replies| replies.all()) {
        Ok(_) => {}
        // A machine in maintenance mode does not tell its version, and by that what it is.
        Err(error) if goal == Goal::Maintenance && error.code() == Code::Unimplemented => {}
        Err(error) => return Err(Unready::Silent(error)),
    }
    if let Goal::Members(wanted) = goal {
        let members = client.resources::<Members>().list(&ListOptions::default()).await;
        let known = members.map_err(Unready::Silent)?.len();
        if known < wanted {
            return Err(Unready::Members { known, wanted });
        }
    }
    Ok(())
}

/// Services that are not up, with their last event.
async fn waiting_services(client: &Client) -> Vec<(String, String)> {
    let Ok(replies) = client.service_list().await else { return Vec::new() };
    let services = replies.replies.into_iter().flat_map(|reply| reply.value.services);
    let waits = services.filter(|service| service.state != "Running").map(|service| {
        let last = service.events.and_then(|events| events.events.into_iter().last());
        (service.id, last.map_or(service.state, |event| event.msg))
    });
    waits.collect()
}
