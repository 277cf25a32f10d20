//! Names of what runs on machines, for completion.

use std::collections::BTreeSet;

use talos_api::proto::machine::{ContainerInfo, ContainersRequest};

use super::containers::{self, KUBERNETES};
use crate::completion::{Candidates, Request};
use crate::connect::completion::words;
use crate::connect::{Access, Session};

/// Services and containers that have logs: those of the system, or with `--kubernetes` those of Kubernetes.
pub(crate) fn logged(request: &Request<'_>) -> Candidates {
    of_first_word(request, async |session| {
        if request.call.get(&KUBERNETES) {
            return ids(session, true).await;
        }
        let mut found: BTreeSet<_> = services(session).await?.into_iter().collect();
        found.extend(ids(session, false).await?);
        Ok(found.into_iter().collect())
    })
}

/// Containers.
pub(crate) fn restartable(request: &Request<'_>) -> Candidates {
    of_first_word(request, async |session| ids(session, request.call.get(&KUBERNETES)).await)
}

/// Services, then what can be done with one.
pub(crate) fn controlled(request: &Request<'_>) -> Candidates {
    const ACTIONS: [&str; 4] = ["restart", "start", "status", "stop"];
    match request.call.arguments.len() {
        1 => Candidates::words(ACTIONS.map(str::to_owned).to_vec()),
        _ => of_first_word(request, services),
    }
}

/// Pods, as `namespace/name`.
pub(crate) fn pods(request: &Request<'_>) -> Candidates {
    of_first_word(request, async |session| {
        let pods = list(session, true).await?.into_iter().map(|container| container.pod_id);
        Ok(pods.filter(|pod| !pod.is_empty()).collect::<BTreeSet<_>>().into_iter().collect())
    })
}

fn of_first_word(request: &Request<'_>, ask: impl AsyncFnOnce(&Session) -> anyhow::Result<Vec<String>>) -> Candidates {
    if request.call.arguments.is_empty() { words(request, Access::Nodes, ask) } else { Candidates::none() }
}

async fn services(session: &Session) -> anyhow::Result<Vec<String>> {
    let replies = session.ask(session.client().service_list()).await?.replies;
    let ids = replies.into_iter().flat_map(|reply| reply.value.services).map(|service| service.id);
    Ok(ids.collect::<BTreeSet<_>>().into_iter().collect())
}

async fn list(session: &Session, kubernetes: bool) -> anyhow::Result<Vec<ContainerInfo>> {
    let (namespace, driver) = containers::place(kubernetes);
    let request = ContainersRequest { namespace: namespace.to_owned(), driver: driver.into() };
    let replies = session.ask(session.client().containers(request)).await?.replies;
    Ok(replies.into_iter().flat_map(|reply| reply.value.containers).collect())
}

/// Ids of containers that run something; those that only hold a pod together do not.
async fn ids(session: &Session, kubernetes: bool) -> anyhow::Result<Vec<String>> {
    let runs = |container: &ContainerInfo| container.pid != 0 && !(kubernetes && container.id == container.pod_id);
    let ids = list(session, kubernetes).await?.into_iter().filter(runs).map(|container| container.id);
    Ok(ids.collect::<BTreeSet<_>>().into_iter().collect())
}
