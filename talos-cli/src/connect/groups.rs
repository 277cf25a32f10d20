//! Groups of nodes: `--nodes @cp` stands for all control plane nodes of the cluster.

use anyhow::{Context as _, bail};
use talos_api::client::ListOptions;

use super::session::Session;
use crate::go;
use crate::output::yaml;

const MEMBERS: (&str, &str) = ("cluster", "Members.cluster.talos.dev");

/// A machine of the cluster as its members see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) hostname: String,
    pub(super) machine_type: String,
    pub(super) addresses: Vec<String>,
}

/// Group names, and whether they hold machines of a type.
type Holds = fn(&str) -> bool;
const GROUPS: [(&str, Holds); 4] = [
    ("@all", |_| true),
    ("@controlplane", is_control_plane),
    ("@cp", is_control_plane),
    ("@workers", |machine_type| machine_type == "worker"),
];

fn is_control_plane(machine_type: &str) -> bool {
    matches!(machine_type, "controlplane" | "init")
}

/// Whether a node of the command line is a group.
pub(super) fn is_group(node: &str) -> bool {
    node.starts_with('@')
}

/// The names of groups.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().map(|(name, _)| *name)
}

/// Replaces groups by their machines, each named by its first address. Asks the endpoint only if there is a group.
pub(super) async fn expand(session: &Session, nodes: &[String]) -> anyhow::Result<Vec<String>> {
    if !nodes.iter().any(|node| is_group(node)) {
        return Ok(nodes.to_vec());
    }
    let mut members = None;
    let mut expanded = Vec::new();
    for node in nodes {
        if !is_group(node) {
            expanded.push(node.clone());
            continue;
        }
        let Some((_, holds)) = GROUPS.iter().find(|(name, _)| name == node) else {
            bail!("unknown group of nodes {}, there are {}", go::quote(node), GROUPS.map(|(name, _)| name).join(", "));
        };
        if members.is_none() {
            let found = list(session).await;
            members = Some(found.with_context(|| format!("error finding the nodes of {}", go::quote(node)))?);
        }
        let group = select(members.as_deref().unwrap_or_default(), *holds);
        if group.is_empty() {
            bail!("no nodes found for {}", go::quote(node));
        }
        expanded.extend(group);
    }
    Ok(expanded)
}

/// The machines of the cluster, as the endpoint sees them.
pub(super) async fn list(session: &Session) -> anyhow::Result<Vec<Member>> {
    let (namespace, type_name) = MEMBERS;
    let api = session.client().without_nodes().dynamic(namespace, type_name);
    let resources = session.ask(api.list(&ListOptions::default())).await?;
    resources.iter().map(|resource| member(&resource.spec.yaml_spec)).collect()
}

fn member(spec: &str) -> anyhow::Result<Member> {
    let spec = yaml::parse("member", spec)?;
    let text = |key: &str| spec.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    let addresses = spec.get("addresses").and_then(|value| value.as_sequence()).unwrap_or_default();
    Ok(Member {
        hostname: text("hostname"),
        machine_type: text("machineType"),
        addresses: addresses.iter().filter_map(|value| value.as_str()).map(str::to_owned).collect(),
    })
}

fn select(members: &[Member], holds: Holds) -> Vec<String> {
    members
        .iter()
        .filter(|member| holds(&member.machine_type))
        .filter_map(|member| member.addresses.first().or(Some(&member.hostname)))
        .filter(|name| !name.is_empty())
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_apart_by_type() {
        let spec = |name: &str, kind: &str, address: &str| {
            member(&format!("hostname: {name}\nmachineType: {kind}\naddresses:\n    - {address}\n    - fd00::1\n"))
                .unwrap()
        };
        let members = [
            spec("a", "controlplane", "10.5.0.2"),
            spec("b", "worker", "10.5.0.3"),
            Member { hostname: "c".into(), machine_type: "worker".into(), addresses: Vec::new() },
        ];
        let names = |group: &str| select(&members, GROUPS.iter().find(|(name, _)| *name == group).unwrap().1);
        assert_eq!(names("@cp"), ["10.5.0.2"]);
        assert_eq!(names("@workers"), ["10.5.0.3", "c"]);
        assert_eq!(names("@all"), ["10.5.0.2", "10.5.0.3", "c"]);
    }
}
