//! Waiting until the pods that an object describes run.

use std::time::Duration;

use serde_json::Value;

use super::super::retry::{Failed, Retry, RetryError};
use super::text;
use crate::kubernetes::{Client, DaemonSet, Deployment, Object};

/// A kind of objects with pods.
pub(super) struct Kind {
    name: &'static str,
    resource: &'static str,
    timeout: Duration,
    problem: fn(&Value) -> Option<String>,
}

/// In the order in which they are waited for.
pub(super) static KINDS: &[Kind] = &[
    Kind {
        name: "Deployment",
        resource: Deployment::RESOURCE,
        timeout: Duration::from_secs(180),
        problem: |object| of_deployment(&Deployment::new(object.clone())),
    },
    Kind {
        name: "DaemonSet",
        resource: DaemonSet::RESOURCE,
        timeout: Duration::from_secs(300),
        problem: |object| of_daemon_set(&DaemonSet::new(object.clone())),
    },
];

impl Kind {
    pub(super) fn is(&self, object: &Value) -> bool {
        text(object, "/kind") == self.name && text(object, "/apiVersion").starts_with("apps/")
    }

    /// Waits until all pods of an object are new and ready.
    pub(super) async fn wait(&self, client: &Client, object: &Value) -> Result<(), RetryError> {
        let path = crate::kubernetes::Path::new("apps/v1", self.resource)
            .within(text(object, "/metadata/namespace"))
            .named(text(object, "/metadata/name"));
        let mut tries = Retry::within(self.timeout);
        loop {
            let failed = match client.get(&path).await {
                Ok(object) => match (self.problem)(&object) {
                    None => return Ok(()),
                    Some(problem) => Failed::ForNow(problem),
                },
                Err(error) => Failed::call(&error),
            };
            tries.after(failed).await?;
        }
    }
}

fn of_deployment(object: &Deployment) -> Option<String> {
    let (name, status) = (object.name(), |field| object.status_number(field));
    let (generation, observed) = (object.generation(), status("observedGeneration"));
    if generation != observed {
        return Some(format!("deployment {name} generation {generation} != observed generation {observed}"));
    }
    let (wanted, ready) = (status("replicas"), status("readyReplicas"));
    if ready != wanted || status("updatedReplicas") != wanted {
        return Some(format!("deployment {name} ready replicas {ready} != replicas {wanted}"));
    }
    None
}

fn of_daemon_set(object: &DaemonSet) -> Option<String> {
    let (name, status) = (object.name(), |field| object.status_number(field));
    let (generation, observed) = (object.generation(), status("observedGeneration"));
    if generation != observed {
        return Some(format!("expected observed generation for {name} to be {generation}, got {observed}"));
    }
    let wanted = status("desiredNumberScheduled");
    [
        ("current number up-to-date", "updatedNumberScheduled"),
        ("current number scheduled", "currentNumberScheduled"),
        ("number available", "numberAvailable"),
        ("number ready", "numberReady"),
    ]
    .into_iter()
    .map(|(what, field)| (what, status(field)))
    .find(|(_, found)| *found != wanted)
    .map(|(what, found)| format!("expected {what} for {name} to be {wanted}, got {found}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_must_be_new_and_ready() {
        let set = |ready: u32| {
            of_daemon_set(&DaemonSet::new(json!({
                "metadata": {"name": "kube-proxy", "generation": 2},
                "status": {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3,
                    "currentNumberScheduled": 3, "numberAvailable": 3, "numberReady": ready},
            })))
        };
        assert_eq!(set(3), None);
        assert_eq!(set(2).unwrap(), "expected number ready for kube-proxy to be 3, got 2");
        let old = Deployment::new(
            json!({"metadata": {"name": "coredns", "generation": 2}, "status": {"observedGeneration": 1}}),
        );
        assert_eq!(of_deployment(&old).unwrap(), "deployment coredns generation 2 != observed generation 1");
        assert!(KINDS[0].is(&json!({"apiVersion": "apps/v1", "kind": "Deployment"})));
        assert!(!KINDS[0].is(&json!({"apiVersion": "other/v1", "kind": "Deployment"})));
    }
}
