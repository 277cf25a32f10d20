//! Resources that are watched.

use std::collections::BTreeMap;
use std::time::Duration;

use talos_api::client::{Client, Error, Event, WatchOptions};
use talos_api::resources::cluster::{Infos, Members};
use talos_api::resources::config::MachineTypes;
use talos_api::resources::hardware::SystemInformations;
use talos_api::resources::k8s::{KubeletSpecs, StaticPodStatusSpec, StaticPodStatuses};
use talos_api::resources::network::{
    HostnameStatuses, NetworkStatuses, NodeAddresses, ResolverStatuses, RouteStatusSpec, RouteStatuses,
    TimeServerStatuses,
};
use talos_api::resources::runtime::MachineStatuses;
use talos_api::resources::{Kind, Resource};
use tokio::task::JoinSet;

use super::{Gone, Sink};
use crate::dashboard::facts::{ControlPlane, Fact};
use crate::dashboard::model::Update;
use crate::dashboard::tidy;

/// Names and addresses that are longer are cut, in characters.
const LONGEST: usize = 256;

/// More resources of one type are not looked at. Routes are what there is most of.
const MOST: usize = 4_096;

/// Ids of the node's addresses: all that are routed, and those without the ones of Kubernetes.
const ROUTED: &str = "routed";
const ROUTED_NO_K8S: &str = "routed-no-k8s";

/// Watches whose failure does not end the others.
pub(super) fn spawn(tasks: &mut JoinSet<()>, client: &Client, pause: Duration, sink: &Sink) {
    let mut watch = Watches { tasks, client, pause, sink };
    watch.one::<SystemInformations>("systeminformation", |spec| Fact::Uuid(spec.and_then(|spec| word(&spec.uuid))));
    watch.one::<Infos>("current", |spec| Fact::Cluster(spec.and_then(|spec| word(&spec.cluster_name))));
    watch.one::<MachineStatuses>("machine", |spec| Fact::Status(spec.map(|spec| (spec.stage, spec.status.ready))));
    watch.one::<MachineTypes>("machine-type", |spec| Fact::MachineType(spec.map(|spec| spec.machine_type)));
    watch.one::<KubeletSpecs>("kubelet", |spec| Fact::Kubernetes(spec.and_then(|spec| tag(&spec.image))));
    watch.one::<HostnameStatuses>("hostname", |spec| Fact::Host(spec.and_then(|spec| word(&spec.hostname))));
    watch.one::<NetworkStatuses>("status", |spec| Fact::IsConnected(spec.map(|spec| spec.connectivity_ready)));
    watch.one::<ResolverStatuses>("resolvers", |spec| Fact::Resolvers(spec.map(|spec| words(&spec.dns_servers))));
    watch.one::<TimeServerStatuses>("timeservers", |spec| Fact::TimeServers(spec.map(|spec| words(&spec.ntp_servers))));
    watch.all::<Members, _>(|_| Some(()), |members| Fact::Members(members.len()));
    watch.all::<StaticPodStatuses, _>(|pod| Some(is_ready(&pod.spec)), |pods| Fact::ControlPlane(control_plane(pods)));
    watch.all::<RouteStatuses, _>(|route| gateway(&route.spec), |gateways| Fact::Gateways(in_order(gateways)));
    watch.all::<NodeAddresses, _>(
        |list| matches!(list.metadata.id.as_str(), ROUTED | ROUTED_NO_K8S).then(|| words(&list.spec.addresses)),
        |lists| Fact::Addresses(addresses(lists)),
    );
}

struct Watches<'a> {
    tasks: &'a mut JoinSet<()>,
    client: &'a Client,
    pause: Duration,
    sink: &'a Sink,
}

impl Watches<'_> {
    /// Watches one resource; `fact` is what it says, or what it means that it is not there.
    fn one<K: Kind>(&mut self, id: &'static str, fact: fn(Option<&K::Spec>) -> Fact)
    where
        K::Spec: Send + 'static,
    {
        let (client, sink, pause) = (self.client.clone(), self.sink.clone(), self.pause);
        self.tasks.spawn(async move {
            while watch_one::<K>(&client, &sink, id, fact).await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        });
    }

    /// Watches all resources of a type. Of each that `part` does not leave out its part is kept; `fact` is what the parts,
    /// by id, say together.
    fn all<K: Kind, T: PartialEq + Send + 'static>(
        &mut self,
        part: fn(&Resource<K::Spec>) -> Option<T>,
        fact: fn(&BTreeMap<String, T>) -> Fact,
    ) where
        K::Spec: Send + 'static,
    {
        let (client, sink, pause) = (self.client.clone(), self.sink.clone(), self.pause);
        self.tasks.spawn(async move {
            while watch_all::<K, T>(&client, &sink, part, fact).await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        });
    }
}

async fn watch_one<K: Kind>(
    client: &Client,
    sink: &Sink,
    id: &str,
    fact: fn(Option<&K::Spec>) -> Fact,
) -> Result<(), Gone> {
    let Ok(mut watch) = client.resources::<K>().watch_one(id, &WatchOptions::default()).await else { return Ok(()) };
    while let Some(event) = watch.next().await {
        let said = match event {
            Ok(Event::Created(resource) | Event::Updated { new: resource, .. }) => fact(Some(&resource.spec)),
            Ok(Event::Destroyed(_)) => fact(None),
            // A resource that does not decode says nothing.
            Ok(_) | Err(Error::Resource { .. }) => continue,
            Err(_) => break,
        };
        sink.send(Update::Fact(said)).await?;
    }
    Ok(())
}

async fn watch_all<K: Kind, T: PartialEq>(
    client: &Client,
    sink: &Sink,
    part: fn(&Resource<K::Spec>) -> Option<T>,
    fact: fn(&BTreeMap<String, T>) -> Fact,
) -> Result<(), Gone> {
    let options = WatchOptions::default().bootstrap_contents();
    let Ok(mut watch) = client.resources::<K>().watch(&options).await else { return Ok(()) };
    let mut parts = BTreeMap::new();
    let mut is_complete = false;
    while let Some(event) = watch.next().await {
        let changed = match event {
            Ok(Event::Created(resource) | Event::Updated { new: resource, .. }) => {
                let part = part(&resource);
                let id = resource.metadata.id;
                match part {
                    Some(_) if parts.len() >= MOST && !parts.contains_key(&id) => false,
                    Some(part) if parts.get(&id) == Some(&part) => false,
                    Some(part) => {
                        parts.insert(id, part);
                        true
                    }
                    None => parts.remove(&id).is_some(),
                }
            }
            Ok(Event::Destroyed(resource)) => parts.remove(&resource.metadata.id).is_some(),
            Ok(Event::Bootstrapped) => {
                is_complete = true;
                true
            }
            Ok(_) | Err(Error::Resource { .. }) => false,
            Err(_) => break,
        };
        if changed && is_complete {
            sink.send(Update::Fact(fact(&parts))).await?;
        }
    }
    Ok(())
}

fn word(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| tidy(text, LONGEST))
}

fn words<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().take(LONGEST).map(|item| tidy(&item.to_string(), LONGEST)).collect()
}

/// The tag of an image, `v1.28.3` of `ghcr.io/siderolabs/kubelet:v1.28.3`.
fn tag(image: &str) -> Option<String> {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    word(name.rsplit(':').next().unwrap_or_default())
}

/// The condition `Ready` of a pod.
fn is_ready(pod: &StaticPodStatusSpec) -> Option<bool> {
    let conditions = pod.pod_status.get("conditions")?.as_sequence()?;
    let text = |condition: usize, key: &str| conditions[condition].get(key).and_then(|value| value.as_str());
    let ready = (0..conditions.len()).find(|at| text(*at, "type") == Some("Ready"))?;
    Some(text(ready, "status") == Some("True"))
}

fn control_plane(pods: &BTreeMap<String, Option<bool>>) -> ControlPlane {
    let ready = |name: &str| pods.iter().find(|(id, _)| id.contains(name)).and_then(|(_, ready)| *ready);
    ControlPlane {
        api_server: ready("kube-apiserver"),
        controller_manager: ready("kube-controller-manager"),
        scheduler: ready("kube-scheduler"),
    }
}

/// Where a default route leads: whether it is IPv6, and the address.
fn gateway(route: &RouteStatusSpec) -> Option<(bool, String)> {
    let address = route.gateway.address()?;
    (route.destination.bits() == 0).then(|| (address.is_ipv6(), route.gateway.to_string()))
}

fn in_order(gateways: &BTreeMap<String, (bool, String)>) -> Option<Vec<String>> {
    let mut list: Vec<_> = gateways.values().collect();
    list.sort();
    list.dedup();
    (!list.is_empty()).then(|| list.into_iter().map(|(_, address)| address.clone()).collect())
}

/// Those without the addresses of Kubernetes, if the node knows them.
fn addresses(lists: &BTreeMap<String, Vec<String>>) -> Option<Vec<String>> {
    let mut list = lists.get(ROUTED_NO_K8S).or_else(|| lists.get(ROUTED))?.clone();
    list.sort();
    Some(list)
}

#[cfg(test)]
mod tests {
    use talos_api::resources::{FreeForm, Node};

    use super::*;

    #[test]
    fn tags_of_images() {
        for (image, want) in [
            ("ghcr.io/siderolabs/kubelet:v1.28.3", Some("v1.28.3")),
            ("ghcr.io/siderolabs/kubelet:v1.28.3@sha256:abc", Some("v1.28.3")),
            ("", None),
        ] {
            assert_eq!(tag(image).as_deref(), want, "{image}");
        }
    }

    #[test]
    fn pods_are_ready_by_condition() {
        let text = |text: &str| Node::String(text.into());
        let condition =
            |kind: &str, status: &str| Node::Mapping(vec![(text("type"), text(kind)), (text("status"), text(status))]);
        let pod =
            |conditions| StaticPodStatusSpec { pod_status: FreeForm::new([("conditions".to_owned(), conditions)]) };
        let list = Node::Sequence(vec![condition("Initialized", "False"), condition("Ready", "True")]);
        assert_eq!(is_ready(&pod(list)), Some(true));
        assert_eq!(is_ready(&pod(Node::Sequence(vec![condition("Ready", "False")]))), Some(false));
        assert_eq!(is_ready(&pod(text("x"))), None);
        let pods = [("kube-system/kube-scheduler-a".to_owned(), Some(false))].into();
        assert_eq!(control_plane(&pods), ControlPlane { scheduler: Some(false), ..ControlPlane::default() });
    }

    #[test]
    fn gateways_are_sorted_by_family() {
        let list = [("a", (true, "fe80::1")), ("b", (false, "10.5.0.1")), ("c", (false, "10.5.0.1"))];
        let list = list.map(|(id, (six, address))| (id.to_owned(), (six, address.to_owned()))).into();
        assert_eq!(in_order(&list), Some(vec!["10.5.0.1".into(), "fe80::1".into()]));
        assert_eq!(in_order(&BTreeMap::new()), None);
    }
}
