//! What Kubernetes says about nodes and pods.

use super::{Attempt, Error, Verdict};
use crate::cluster::info;
use crate::kubernetes::{Client, DaemonSet, ListOptions, Node, Object, Pod};

const NAMESPACE: &str = "kube-system";

const APPS: [&str; 3] = ["kube-apiserver", "kube-scheduler", "kube-controller-manager"];

/// Annotation of pods that only stand in for others, in clusters of old.
const CHECKPOINT: &str = "checkpointer.alpha.coreos.com/checkpoint-of";

async fn nodes(client: &Client) -> Result<Vec<Node>, Error> {
    Ok(client.all(&ListOptions::default()).await?)
}

fn names<T: Object>(objects: impl IntoIterator<Item = T>) -> Vec<String> {
    objects.into_iter().map(|object| object.name().to_owned()).collect()
}

/// Whether Kubernetes knows all nodes and no others.
pub(super) async fn nodes_report(attempt: &Attempt<'_>, client: Client) -> Result<Verdict, Error> {
    let found: Vec<_> = nodes(&client).await?.iter().map(info::ips_of).collect::<Result<_, _>>()?;
    info::matches(attempt.info.nodes(), found)?;
    Ok(Verdict::Holds)
}

/// Whether all nodes are ready, as far as they say.
pub(super) async fn nodes_are_ready(client: Client) -> Result<Verdict, Error> {
    let nodes = nodes(&client).await?;
    let others = nodes.into_iter().filter(|node| node.condition("Ready").is_some_and(|status| status != "True"));
    let others = names(others);
    if others.is_empty() { Ok(Verdict::Holds) } else { Err(Error::NodesNotReady(others)) }
}

/// Whether all nodes take new pods.
pub(super) async fn nodes_are_schedulable(client: Client) -> Result<Verdict, Error> {
    // One is enough to fail, and no more are told.
    match nodes(&client).await?.into_iter().find(Node::is_unschedulable) {
        None => Ok(Verdict::Holds),
        Some(node) => Err(Error::NodesNotSchedulable(names([node]))),
    }
}

/// Whether the control plane is what it should be, and each of its nodes runs all components.
pub(super) async fn control_plane_is_ready(attempt: &Attempt<'_>, client: Client) -> Result<Verdict, Error> {
    let found: Vec<Node> = nodes(&client).await?.into_iter().filter(Node::is_control_plane).collect();
    let addresses: Vec<_> = found.iter().map(info::ips_of).collect::<Result<_, _>>()?;
    info::matches(attempt.info.control_plane(), addresses)?;
    // Clusters of old ran the control plane in daemon sets.
    let selector = format!("k8s-app in ({})", APPS.join(","));
    for set in client.all_within::<DaemonSet>(NAMESPACE, &ListOptions::labels(selector)).await? {
        is_complete(&set)?;
    }
    for app in APPS {
        let options = ListOptions::labels(format!("k8s-app = {app}"));
        let listing = |source| Error::ListingPods { app, source };
        let pods: Vec<Pod> = client.all_within(NAMESPACE, &options).await.map_err(listing)?;
        let pods: Vec<Pod> = pods.into_iter().filter(|pod| pod.annotation(CHECKPOINT).is_none()).collect();
        if pods.len() != found.len() {
            return Err(Error::PodCount { app, expected: found.len(), found: pods.len() });
        }
        let others = pods.into_iter().filter(|pod| pod.condition("Ready").is_some_and(|status| status != "True"));
        let pods = names(others);
        if !pods.is_empty() {
            return Err(Error::AppNotReady { app, pods });
        }
    }
    Ok(Verdict::Holds)
}

fn is_complete(set: &DaemonSet) -> Result<(), Error> {
    let expected = set.status_number("desiredNumberScheduled");
    for (what, field) in [
        ("current number scheduled", "currentNumberScheduled"),
        ("number available", "numberAvailable"),
        ("number ready", "numberReady"),
    ] {
        let found = set.status_number(field);
        if found != expected {
            return Err(Error::DaemonSet { what, name: set.name().to_owned(), expected, found });
        }
    }
    Ok(())
}

/// Whether the pods of what `T` keeps running are ready. A cluster may do without it.
pub(super) async fn pods_are_ready<T: Object>(client: Client, selector: &'static str) -> Result<Verdict, Error> {
    let options = ListOptions::labels(selector);
    if client.all_within::<T>(NAMESPACE, &options).await?.is_empty() {
        return Ok(Verdict::Skipped);
    }
    let pods: Vec<Pod> = client.all_within(NAMESPACE, &options).await?;
    if pods.is_empty() {
        return Err(Error::NoPods(selector));
    }
    // Those that are over, one way or the other, are left behind by machines that were shut down.
    let is_over = |pod: &Pod| pod.is_deleted() || pod.phase() == "Failed" || pod.is_terminated();
    let (ready, others): (Vec<Pod>, Vec<Pod>) = pods.into_iter().filter(|pod| !is_over(pod)).partition(Pod::is_ready);
    if ready.is_empty() {
        return Err(Error::NoReadyPods(selector));
    }
    let others = names(others);
    if others.is_empty() { Ok(Verdict::Holds) } else { Err(Error::PodsNotReady(others)) }
}
