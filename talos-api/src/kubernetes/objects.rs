//! Views of objects: the fields that this crate and its users look at.

use std::net::{AddrParseError, IpAddr};

use serde_json::Value;

use super::Path;

/// A view of the objects of one type. Fields that are absent, or of another type than the API promises, read as empty.
pub trait Object: Sized {
    /// `v1`, `apps/v1`.
    const API_VERSION: &'static str;
    /// The plural in lower case, as paths have it.
    const RESOURCE: &'static str;

    /// A view of an object.
    fn new(value: Value) -> Self;

    /// The object.
    fn value(&self) -> &Value;

    /// Where all objects of the type are.
    fn path() -> Path {
        Path::new(Self::API_VERSION, Self::RESOURCE)
    }

    /// Its name.
    fn name(&self) -> &str {
        text(self.value(), "/metadata/name")
    }

    /// Its namespace, empty for objects of the cluster.
    fn namespace(&self) -> &str {
        text(self.value(), "/metadata/namespace")
    }

    /// The value of a label.
    fn label(&self, key: &str) -> Option<&str> {
        self.value().get("metadata")?.get("labels")?.get(key)?.as_str()
    }

    /// The value of an annotation.
    fn annotation(&self, key: &str) -> Option<&str> {
        self.value().get("metadata")?.get("annotations")?.get(key)?.as_str()
    }

    /// Whether it is being deleted.
    fn is_deleted(&self) -> bool {
        self.value().pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null())
    }

    /// Counts the changes of what is wanted.
    fn generation(&self) -> i64 {
        number(self.value(), "/metadata/generation")
    }

    /// The status of a condition: `True`, `False`, `Unknown`; `None` without the condition.
    fn condition(&self, kind: &str) -> Option<&str> {
        let conditions = list(self.value(), "/status/conditions");
        let found = conditions.iter().find(|condition| text(condition, "/type") == kind)?;
        Some(text(found, "/status"))
    }

    /// Whether the condition `Ready` is true.
    fn is_ready(&self) -> bool {
        self.condition("Ready") == Some("True")
    }

    /// A whole number below `status`, 0 when it is absent.
    fn status_number(&self, field: &str) -> i64 {
        number(self.value(), &format!("/status/{field}"))
    }
}

macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident = $resource:literal in $api_version:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(Value);

        impl Object for $name {
            const API_VERSION: &'static str = $api_version;
            const RESOURCE: &'static str = $resource;

            fn new(value: Value) -> Self {
                Self(value)
            }

            fn value(&self) -> &Value {
                &self.0
            }
        }
    )*};
}

objects! {
    /// A machine of the cluster.
    Node = "nodes" in "v1";
    /// Containers that run together.
    Pod = "pods" in "v1";
    /// Texts for pods.
    ConfigMap = "configmaps" in "v1";
    /// One pod on each machine.
    DaemonSet = "daemonsets" in "apps/v1";
    /// A number of pods, replaced step by step when they change.
    Deployment = "deployments" in "apps/v1";
    /// A number of equal pods.
    ReplicaSet = "replicasets" in "apps/v1";
}

/// Label of the machines of the control plane.
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";

impl Node {
    /// Addresses with their kind: `InternalIP`, `ExternalIP`, `Hostname` …
    pub fn addresses(&self) -> impl Iterator<Item = (&str, &str)> {
        list(&self.0, "/status/addresses").iter().map(|address| (text(address, "/type"), text(address, "/address")))
    }

    /// Internal and external IP addresses, in their order.
    ///
    /// # Errors
    /// The first address that is none, and why.
    pub fn ips(&self) -> Result<Vec<IpAddr>, (String, AddrParseError)> {
        let ips = self.addresses().filter(|(kind, _)| matches!(*kind, "InternalIP" | "ExternalIP"));
        ips.map(|(_, address)| address.parse().map_err(|error| (address.to_owned(), error))).collect()
    }

    /// Whether it belongs to the control plane.
    pub fn is_control_plane(&self) -> bool {
        self.label(CONTROL_PLANE).is_some()
    }

    /// Whether it takes no new pods.
    pub fn is_unschedulable(&self) -> bool {
        self.0.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or_default()
    }

    /// Version of its kubelet, `v1.28.3`.
    pub fn kubelet_version(&self) -> &str {
        text(&self.0, "/status/nodeInfo/kubeletVersion")
    }
}

impl Pod {
    /// Names and images of its containers.
    pub fn containers(&self) -> impl Iterator<Item = (&str, &str)> {
        list(&self.0, "/spec/containers").iter().map(|container| (text(container, "/name"), text(container, "/image")))
    }

    /// Address of the machine that it runs on.
    pub fn host_ip(&self) -> &str {
        text(&self.0, "/status/hostIP")
    }

    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`.
    pub fn phase(&self) -> &str {
        text(&self.0, "/status/phase")
    }

    /// Whether none of its containers runs or will run any more; true without containers.
    pub fn is_terminated(&self) -> bool {
        let states = list(&self.0, "/status/containerStatuses");
        states.iter().all(|status| status.pointer("/state/terminated").is_some_and(|state| !state.is_null()))
    }
}

impl ConfigMap {
    /// The text of a key.
    pub fn data(&self, key: &str) -> Option<&str> {
        self.0.get("data")?.get(key)?.as_str()
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn looks_into_nodes() {
        let node = Node::new(json!({
            "metadata": {"name": "cp-1", "labels": {"node-role.kubernetes.io/control-plane": ""}},
            "spec": {"unschedulable": true},
            "status": {
                "addresses": [
                    {"type": "Hostname", "address": "cp-1"}, {"type": "InternalIP", "address": "10.5.0.2"},
                    {"type": "ExternalIP", "address": "::1"},
                ],
                "conditions": [{"type": "Ready", "status": "True"}],
                "nodeInfo": {"kubeletVersion": "v1.28.3"},
            },
        }));
        assert!(node.is_control_plane() && node.is_unschedulable() && node.is_ready());
        assert_eq!((node.name(), node.kubelet_version()), ("cp-1", "v1.28.3"));
        assert_eq!(node.ips().unwrap(), ["10.5.0.2".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
        let broken = Node::new(json!({"status": {"addresses": [{"type": "InternalIP", "address": "x"}]}}));
        assert_eq!(broken.ips().unwrap_err().0, "x");
    }

    #[test]
    fn absent_and_wrong_fields_are_empty() {
        let pod = Pod::new(json!({"metadata": [], "status": {"phase": 1, "conditions": {}}}));
        assert_eq!((pod.name(), pod.phase(), pod.label("a"), pod.condition("Ready")), ("", "", None, None));
        assert!(pod.is_terminated() && !pod.is_deleted() && !pod.is_ready());
        assert_eq!(pod.containers().count(), 0);
    }
}
