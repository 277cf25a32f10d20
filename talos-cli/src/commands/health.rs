//! `talosctl health`: is the cluster healthy?

use anyhow::bail;
use talos_api::client;
use talos_api::cluster::check::{self, CHECKS, Progress, State};
use talos_api::cluster::{Cluster, Info, NodeInfo, Role};
use talos_api::proto::cluster::{ClusterInfo, HealthCheckRequest};
use tonic::Code;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access, Failure, Session};
use crate::flag::FlagOf;
use crate::go::Duration;
use crate::io::Io;
use crate::track::report::{Reporter, Status};

static CONTROL_PLANE_NODES: FlagOf<[String]> =
    FlagOf::list("control-plane-nodes", "Addresses of control plane nodes, instead of those that discovery finds");
static INIT_NODE: FlagOf<str> = FlagOf::text("init-node", "Address of the init node, for clusters of old");
static K8S_ENDPOINT: FlagOf<str> =
    FlagOf::text("k8s-endpoint", "Host of the Kubernetes API, instead of that of the kubeconfig");
static RUN_E2E: FlagOf<bool> =
    FlagOf::switch("run-e2e", "Run the test suite of Kubernetes afterwards; refused, no suite comes with this program");
static SERVER: FlagOf<bool> = FlagOf::switch("server", "Let a node run the checks, instead of this program").on();
static WAIT_TIMEOUT: FlagOf<Duration> =
    FlagOf::duration("wait-timeout", "How long the cluster may take to be healthy").default(Duration::from_minutes(20));
static WORKER_NODES: FlagOf<[String]> =
    FlagOf::list("worker-nodes", "Addresses of workers, instead of those that discovery finds");

pub(crate) static COMMAND: Command = Command {
    long: "Wait until the cluster is healthy: etcd and its members, the machines, the nodes and the components of Kubernetes, in
this order. A control plane node runs the checks, or with --server=false this program, which then needs no node but
reaches all nodes through the endpoints. The first check that does not hold in time ends the run.",
    examples: "  talosctl -n 10.5.0.2 health\n  talosctl health --server=false --control-plane-nodes 10.5.0.2 --worker-nodes 10.5.0.3",
    arguments: Arguments::None,
    flags: &[
        CONTROL_PLANE_NODES.row(),
        INIT_NODE.row(),
        K8S_ENDPOINT.row(),
        RUN_E2E.row(),
        SERVER.row(),
        WAIT_TIMEOUT.row(),
        WORKER_NODES.row(),
    ],
    run: Some(run),
    ..Command::new("health", "Check the health of a cluster")
};

const NAME: &str = "health";

/// The nodes that the command line names.
struct Given<'c> {
    init: Option<&'c str>,
    control_plane: Vec<&'c str>,
    workers: Vec<&'c str>,
    info: Info,
}

impl<'c> Given<'c> {
    fn read(call: &'c Call<'_>) -> anyhow::Result<Self> {
        let init = Some(call.get(&INIT_NODE)).filter(|node| !node.is_empty());
        let (control_plane, workers) = (call.get(&CONTROL_PLANE_NODES), call.get(&WORKER_NODES));
        let with_roles = init
            .iter()
            .map(|node| (Role::Init, *node))
            .chain(control_plane.iter().map(|node| (Role::ControlPlane, *node)))
            .chain(workers.iter().map(|node| (Role::Worker, *node)));
        let nodes: Vec<(Role, NodeInfo)> =
            with_roles.map(|(role, node)| Ok((role, NodeInfo::at(node)?))).collect::<anyhow::Result<_>>()?;
        Ok(Self { init, control_plane, workers, info: Info::new(nodes) })
    }

    /// Whether they stand for those that discovery finds. An init node alone does not.
    fn are_all(&self) -> bool {
        !self.control_plane.is_empty() || !self.workers.is_empty()
    }
}

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let given = Given::read(call)?;
    if call.get(&RUN_E2E) {
        bail!(
            "--run-e2e is not supported, no test suite comes with this program: run the checks without it, then a suite \
             such as hydrophone with the kubeconfig of the cluster"
        );
    }
    if call.get(&SERVER) {
        connect::run(call, Access::Nodes, io, async |session, io| on_server(session, call, &given, io).await)
    } else {
        connect::run(call, Access::Endpoints, io, async |session, io| on_client(session, call, given, io).await)
    }
}

/// A node runs the checks and tells.
async fn on_server(session: &Session, call: &Call<'_>, given: &Given<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    session.single_node(NAME)?;
    let owned = |nodes: &[&str]| nodes.iter().map(|node| (*node).to_owned()).collect::<Vec<_>>();
    let mut control_plane_nodes = owned(&given.control_plane);
    control_plane_nodes.extend(given.init.map(str::to_owned));
    let cluster_info = ClusterInfo {
        control_plane_nodes,
        worker_nodes: owned(&given.workers),
        force_endpoint: call.get(&K8S_ENDPOINT).to_owned(),
    };
    let request =
        HealthCheckRequest { wait_timeout: Some(wire(call.get(&WAIT_TIMEOUT))), cluster_info: Some(cluster_info) };
    let mut stream = session.ask(session.client().health_check(request)).await?;
    while let Some(item) = session.next(&mut stream).await {
        match item {
            Ok(reply) => io.note(reply.value.message),
            Err(client::Error::Node(failure)) => bail!("healthcheck error: {}", failure.text()),
            Err(error) if error.code() == Code::Cancelled => break,
            Err(error) => return Err(Failure::from(error).into()),
        }
    }
    Ok(())
}

/// This program runs the checks.
async fn on_client(session: &Session, call: &Call<'_>, given: Given<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let client = session.client().without_nodes();
    let info = if given.are_all() { given.info } else { session.discover(&client).await? };
    let cluster = Cluster::new(client).kubernetes_at(call.get(&K8S_ENDPOINT));
    let timeout = call.get(&WAIT_TIMEOUT).to_std();
    let mut reporter = Reporter::default();
    let show = |progress: &Progress<'_>| reporter.report(status(progress.state), &progress.to_string(), io);
    tokio::select! {
        outcome = check::wait(&cluster, &info, CHECKS, timeout, show) => Ok(outcome?),
        () = session.interrupt().wait() => bail!("context canceled"),
    }
}

impl Session {
    async fn discover(&self, client: &client::Client) -> anyhow::Result<Info> {
        tokio::select! {
            found = Info::discover(client) => found.map_err(|error| match error {
                talos_api::cluster::InfoError::Call(error) => Failure::from(error).into(),
                error => error.into(),
            }),
            () = self.interrupt().wait() => Err(Failure::interrupted().into()),
        }
    }
}

fn status(state: &State) -> Status {
    match state {
        State::Waiting => Status::Running,
        State::Failing(_) => Status::Failed,
        State::Holds => Status::Succeeded,
        State::Skipped => Status::Skipped,
    }
}

fn wire(duration: Duration) -> prost_types::Duration {
    const SECOND: i64 = 1_000_000_000;
    let nanos = i32::try_from(duration.0 % SECOND).expect("less than a second");
    prost_types::Duration { seconds: duration.0 / SECOND, nanos }
}
