//! Services of the control plane.

use super::{Attempt, Error, Verdict};
use crate::cluster::Several;
use crate::proto::machine::ServiceInfo;

/// Whether all control plane nodes run a service, and it is healthy there.
pub(super) async fn is_healthy(attempt: &Attempt<'_>, service: &'static str) -> Result<Verdict, Error> {
    let expected = attempt.info.control_plane().count();
    let replies = attempt.client_of(attempt.info.control_plane()).service_list().await?.all()?;
    let mut found: Vec<(String, ServiceInfo)> = Vec::new();
    for reply in replies {
        let of_that_name = reply.value.services.into_iter().filter(|known| known.id == service);
        found.extend(of_that_name.map(|known| (reply.node.clone(), known)));
    }
    if found.len() != expected {
        return Err(Error::Responses { expected, found: found.len() });
    }
    // The same order each time, so that the text stays the same.
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    let failures = found.into_iter().filter_map(|(node, info)| problem(node, service, info)).collect();
    Several::unless_empty(failures)?;
    Ok(Verdict::Holds)
}

fn problem(node: String, service: &'static str, info: ServiceInfo) -> Option<Error> {
    let Some(last) = info.events.unwrap_or_default().events.pop() else {
        return Some(Error::NoEvents { node, service });
    };
    if last.state != "Running" {
        return Some(Error::NotRunning { node, service, state: last.state, message: last.msg });
    }
    let is_healthy = info.health.is_some_and(|health| health.healthy);
    (!is_healthy).then_some(Error::NotHealthy { node, service })
}
