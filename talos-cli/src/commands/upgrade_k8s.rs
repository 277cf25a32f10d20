//! `talosctl upgrade-k8s`: another version of Kubernetes.

use std::io::Write as _;

use anyhow::{anyhow, bail};
use talos_api::cluster::Cluster;
use talos_api::cluster::upgrade_k8s::{self, Options, Path};
use talos_config::constants;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access, Session};
use crate::flag::FlagOf;
use crate::io::Io;

static DRY_RUN: FlagOf<bool> = FlagOf::switch("dry-run", "Show what would be done, and change nothing");
static ENDPOINT: FlagOf<str> =
    FlagOf::text("endpoint", "Host of the Kubernetes API, instead of that of the kubeconfig");
static FROM: FlagOf<str> =
    FlagOf::text("from", "Version that the cluster has; without it the lowest that a component runs");
static PRE_PULL_IMAGES: FlagOf<bool> =
    FlagOf::switch("pre-pull-images", "Let all nodes pull the images before anything is changed").on();
static TO: FlagOf<str> =
    FlagOf::text("to", "Version that the cluster shall have").default(constants::KUBERNETES_VERSION);
static UPGRADE_KUBELET: FlagOf<bool> = FlagOf::switch("upgrade-kubelet", "Upgrade the kubelets, too").on();

pub(crate) static COMMAND: Command = Command {
    long: "Bring a cluster to another version of Kubernetes: the components of the control plane on one node after the other, kube-proxy,
the kubelets, and the manifests that the cluster was started with. The node has to belong to the control plane. A run
that failed can be repeated.",
    examples: "  talosctl -n 10.5.0.2 upgrade-k8s --to 1.28.3 --dry-run",
    arguments: Arguments::None,
    flags: &[
        DRY_RUN.row(),
        ENDPOINT.row(),
        FROM.row(),
        PRE_PULL_IMAGES.row(),
        TO.row(),
        UPGRADE_KUBELET.row(),
    ],
    run: Some(run),
    ..Command::new("upgrade-k8s", "Bring a cluster to another version of Kubernetes")
};

const NAME: &str = "upgrade-k8s";

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        session.single_node(NAME)?;
        session.warn_about_older_nodes(io).await?;
        tokio::select! {
            outcome = upgrade(session, call, io) => outcome,
            () = session.interrupt().wait() => bail!("context canceled"),
        }
    })
}

async fn upgrade(session: &Session, call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let cluster = Cluster::new(session.client().clone()).kubernetes_at(call.get(&ENDPOINT));
    // The upgrade goes on when nobody reads any more: half of one is worse than one without words.
    let mut log = |line: &str| {
        let _ = writeln!(io.stdout, "{line}").and_then(|()| io.stdout.flush());
    };
    let mut from = call.get(&FROM).to_owned();
    if from.is_empty() {
        let detected = upgrade_k8s::detect_lowest_version(&cluster, &mut log).await;
        from = detected.map_err(|error| anyhow!("error detecting the lowest Kubernetes version {error}"))?;
        log(&format!("automatically detected the lowest Kubernetes version {from}"));
    }
    let path = Path::new(&from, call.get(&TO)).map_err(|error| anyhow!("error creating upgrade path {error}"))?;
    let options = Options {
        path,
        dry_run: call.get(&DRY_RUN),
        pre_pull_images: call.get(&PRE_PULL_IMAGES),
        upgrade_kubelet: call.get(&UPGRADE_KUBELET),
    };
    Ok(upgrade_k8s::upgrade(&cluster, &options, &mut log).await?)
}
