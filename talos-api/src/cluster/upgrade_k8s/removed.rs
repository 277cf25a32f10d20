//! What a cluster uses and the new version does not have.

use std::fmt;

use super::{Error, Log, Upgrade};
use crate::client::{Api, Error as CallError};
use crate::kubernetes::{ListOptions, Path};
use crate::resources::FromWire;
use crate::resources::k8s::{KubeletSpecs, StaticPods};
use crate::resources::{FreeForm, Node};

/// Something a component is told that the new version does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedItem {
    /// The node.
    pub node: String,
    /// The component.
    pub component: &'static str,
    /// The flag, feature gate or plugin.
    pub value: &'static str,
}

/// All that has to be changed before an upgrade. Its text are tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct RemovedItems {
    /// Admission plugins.
    pub admission_plugins: Vec<RemovedItem>,
    /// Feature gates.
    pub feature_gates: Vec<RemovedItem>,
    /// Flags.
    pub flags: Vec<RemovedItem>,
    /// Types of objects, with the number of objects.
    pub resources: Vec<(&'static str, usize)>,
}

/// What a minor version does not have any more.
struct Removal {
    /// The minor version.
    minor: u64,
    /// Component and flag.
    flags: &'static [(&'static str, &'static str)],
    /// Of kube-apiserver, kube-controller-manager and kube-scheduler.
    feature_gates: &'static [&'static str],
    /// Of kube-apiserver.
    admission_plugins: &'static [&'static str],
    /// As `RESOURCE.VERSION.GROUP`.
    resources: &'static [&'static str],
}

const API_SERVER: &str = "kube-apiserver";
const CONTROLLER_MANAGER: &str = "kube-controller-manager";
const SCHEDULER: &str = "kube-scheduler";
const KUBELET: &str = "kubelet";

/// Source: `siderolabs/go-kubernetes` 0.2.3, `kubernetes/upgrade/checks.go`.
static REMOVALS: [Removal; 4] = [
    Removal {
        minor: 25,
        flags: &[
            (API_SERVER, "service-account-api-audiences"),
            (CONTROLLER_MANAGER, "deleting-pods-qps"),
            (CONTROLLER_MANAGER, "deleting-pods-burst"),
            (CONTROLLER_MANAGER, "register-retry-count"),
        ],
        feature_gates: &["CSIVolumeFSGroupPolicy", "ConfigurableFSGroupPolicy", "PodDisruptionBudget", "SelectorIndex"],
        admission_plugins: &["PodSecurityPolicy"],
        resources: &["podsecuritypolicies.v1beta1.policy"],
    },
    Removal {
        minor: 26,
        flags: &[(API_SERVER, "master-service-namespace")],
        feature_gates: &["DynamicKubeletConfig"],
        admission_plugins: &[],
        resources: &[],
    },
    Removal {
        minor: 27,
        flags: &[
            (CONTROLLER_MANAGER, "enable-taint-manager"),
            (CONTROLLER_MANAGER, "pod-eviction-timeout"),
            (KUBELET, "container-runtime"),
            (KUBELET, "master-service-namespace"),
        ],
        feature_gates: &[
            "ExpandCSIVolumes",
            "ExpandInUsePersistentVolumes",
            "ExpandPersistentVolumes",
            "ControllerManagerLeaderMigration",
            "CSIMigration",
            "CSIInlineVolume",
            "EphemeralContainers",
            "LocalStorageCapacityIsolation",
            "NetworkPolicyEndPort",
            "StatefulSetMinReadySeconds",
            "IdentifyPodOS",
            "DaemonSetUpdateSurge",
        ],
        admission_plugins: &[],
        resources: &[],
    },
    Removal {
        minor: 28,
        flags: &[],
        feature_gates: &[
            "AdvancedAuditing",
            "DelegateFSGroupToCSIDriver",
            "DevicePlugins",
            "DisableAcceleratorUsageMetrics",
            "EndpointSliceTerminatingCondition",
            "CSIStorageCapacity",
            "CSIMigrationGCE",
            "KubeletCredentialProviders",
            "MixedProtocolLBService",
            "ServiceInternalTrafficPolicy",
            "ServiceIPStaticSubrange",
            "WindowsHostProcessContainers",
        ],
        admission_plugins: &[],
        resources: &[],
    },
];

impl<L: Log> Upgrade<'_, L> {
    /// Fails if the cluster uses what the new version does not have.
    pub(super) async fn look_for_removed_items(&mut self) -> Result<(), Error> {
        let (from, to) = self.options.path.minors();
        let Some(removal) = REMOVALS.iter().find(|removal| removal.minor == to && to == from + 1) else {
            return Ok(());
        };
        let mut found = RemovedItems::default();
        self.log("checking for removed Kubernetes component flags");
        for node in &self.control_plane {
            let pods = self.cluster.client().node(node).resources::<StaticPods>();
            for component in [API_SERVER, CONTROLLER_MANAGER, SCHEDULER] {
                let Some(pod) = existing(&pods, component).await? else { continue };
                found.look_at(node, component, &command(&pod.pod), removal);
            }
        }
        for node in self.all_nodes() {
            let specs = self.cluster.client().node(&node).resources::<KubeletSpecs>();
            let Some(spec) = existing(&specs, KUBELET).await? else { continue };
            found.look_at_flags(&node, KUBELET, &spec.args, removal);
        }
        self.log("checking for removed Kubernetes API resource versions");
        for resource in removal.resources {
            let mut parts = resource.splitn(3, '.');
            let (plural, version, group) = (parts.next(), parts.next(), parts.next());
            let part = |part: Option<&'static str>| part.expect("the table has three parts in each");
            let path = Path::new(format!("{}/{}", part(group), part(version)), part(plural));
            match self.kubernetes.list(&path, &ListOptions::default()).await {
                Ok(objects) if objects.is_empty() => {}
                Ok(objects) => found.resources.push((resource, objects.len())),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(Error::Objects(error)),
            }
        }
        if found == RemovedItems::default() { Ok(()) } else { Err(Error::Removed(found)) }
    }
}

async fn existing<S: FromWire>(api: &Api<S>, id: &str) -> Result<Option<S>, Error> {
    let found: Result<_, CallError> = api.get_opt(id).await;
    Ok(found.map_err(Error::Inspecting)?.map(|resource| resource.spec))
}

/// The command of the first container of a pod.
fn command(pod: &FreeForm) -> Vec<String> {
    let container = pod.get("spec").and_then(|spec| spec.get("containers")).and_then(Node::as_sequence);
    let command = container.and_then(|list| list.first()?.get("command")?.as_sequence()).unwrap_or_default();
    command.iter().filter_map(Node::as_str).map(str::to_owned).collect()
}

impl RemovedItems {
    fn look_at(&mut self, node: &str, component: &'static str, command: &[String], removal: &Removal) {
        if component == API_SERVER {
            let plugins = values(command, "--enable-admission-plugins");
            let used = removal.admission_plugins.iter().filter(|plugin| plugins.contains(plugin));
            self.admission_plugins.extend(used.map(|value| item(node, component, value)));
        }
        self.look_at_flags(node, component, command, removal);
        let gates = values(command, "--feature-gates");
        let is_used = |gate: &&&str| gates.iter().any(|used| used.split('=').next() == Some(**gate));
        let used = removal.feature_gates.iter().filter(is_used);
        self.feature_gates.extend(used.map(|value| item(node, component, value)));
    }

    fn look_at_flags(&mut self, node: &str, component: &'static str, command: &[String], removal: &Removal) {
        let is_used = |flag: &str| {
            command.iter().any(|word| word.split('=').next().and_then(|word| word.strip_prefix("--")) == Some(flag))
        };
        let flags = removal.flags.iter().filter(|(of, flag)| *of == component && is_used(flag));
        self.flags.extend(flags.map(|(_, value)| item(node, component, value)));
    }
}

fn item(node: &str, component: &'static str, value: &'static str) -> RemovedItem {
    RemovedItem { node: node.to_owned(), component, value }
}

/// What the first use of a flag lists.
fn values<'c>(command: &'c [String], flag: &str) -> Vec<&'c str> {
    let used = command.iter().find_map(|word| word.strip_prefix(flag));
    used.map_or(Vec::new(), |list| list.trim_start_matches('=').split(',').collect())
}

impl fmt::Display for RemovedItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = [
            ("REMOVED ADMISSION PLUGIN", &self.admission_plugins),
            ("REMOVED FEATURE GATE", &self.feature_gates),
            ("REMOVED FLAG", &self.flags),
        ];
        for (title, items) in items.into_iter().filter(|(_, items)| !items.is_empty()) {
            let rows = items.iter().map(|item| [item.node.clone(), item.component.to_owned(), item.value.to_owned()]);
            write_table(f, ["NODE", "COMPONENT", title].map(str::to_owned), rows)?;
        }
        if !self.resources.is_empty() {
            // The last column is empty, and yet the one before is filled up.
            let rows =
                self.resources.iter().map(|(name, count)| [(*name).to_owned(), count.to_string(), String::new()]);
            write_table(f, ["REMOVED RESOURCE", "COUNT", ""].map(str::to_owned), rows)?;
        }
        Ok(())
    }
}

/// An empty line, then rows with three blanks between columns.
fn write_table(f: &mut fmt::Formatter<'_>, head: [String; 3], rows: impl Iterator<Item = [String; 3]>) -> fmt::Result {
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default() + 3;
    let (first, second) = (width(0), width(1));
    writeln!(f)?;
    rows.iter().try_for_each(|[a, b, c]| writeln!(f, "{a:first$}{b:second$}{c}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn finds_what_is_gone() {
        let mut found = RemovedItems::default();
        let words = [
            "/usr/local/bin/kube-apiserver",
            "--enable-admission-plugins=NodeRestriction,PodSecurityPolicy",
            "--feature-gates=SelectorIndex=true,Other=true",
            "--service-account-api-audiences",
            "--service-account-api-audiences-else=x",
        ];
        found.look_at("10.5.0.2", API_SERVER, &command(&words), &REMOVALS[0]);
        found.look_at("10.5.0.2", CONTROLLER_MANAGER, &command(&["--deleting-pods-qps=1"]), &REMOVALS[0]);
        found.resources.push(("podsecuritypolicies.v1beta1.policy", 2));
        assert_eq!(
            found.to_string(),
            "\nNODE       COMPONENT        REMOVED ADMISSION PLUGIN\n10.5.0.2   kube-apiserver   PodSecurityPolicy\n\
             \nNODE       COMPONENT        REMOVED FEATURE GATE\n10.5.0.2   kube-apiserver   SelectorIndex\n\
             \nNODE       COMPONENT                 REMOVED FLAG\n\
             10.5.0.2   kube-apiserver            service-account-api-audiences\n\
             10.5.0.2   kube-controller-manager   deleting-pods-qps\n\
             \nREMOVED RESOURCE                     COUNT   \npodsecuritypolicies.v1beta1.policy   2       \n"
        );
    }

    #[test]
    fn finds_nothing_in_what_stays() {
        let mut found = RemovedItems::default();
        let words = ["--feature-gates=SelectorIndexer=true", "--enable-admission-plugins=PodSecurity"];
        found.look_at("a", API_SERVER, &command(&words), &REMOVALS[0]);
        assert_eq!(found, RemovedItems::default());
        assert_eq!(found.to_string(), "");
    }
}
