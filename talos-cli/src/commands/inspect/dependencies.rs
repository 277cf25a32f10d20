//! `talosctl inspect dependencies`: which controllers read and write what.

use std::io::Write;

use anyhow::Context as _;
use talos_api::client::{Client, ListOptions};
use talos_api::proto::inspect::{ControllerDependencyEdge, DependencyEdgeType};

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access, Session};
use crate::dot::{Graph, attributes};
use crate::flag::FlagOf;
use crate::io::Io;

static WITH_RESOURCES: FlagOf<bool> =
    FlagOf::switch("with-resources", "Show the resources themselves instead of their types");

pub(crate) static COMMAND: Command = Command {
    long: "Print a graph of the controllers of a machine and of the resources they read and write, for Graphviz.",
    examples: "  talosctl inspect dependencies | dot -Tsvg > graph.svg",
    arguments: Arguments::None,
    flags: &[WITH_RESOURCES.row()],
    run: Some(run),
    ..Command::new("dependencies", "Print a graph of controllers and resources")
};

const CONTROLLER: [(&str, &str); 1] = [("shape", "box")];
const RESOURCE: [(&str, &str); 3] = [("fillcolor", "azure2"), ("shape", "note"), ("style", "filled")];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        session.single_node("inspect dependencies")?;
        let replies = session.some(session.client().controller_runtime_dependencies(), io).await;
        let replies = replies.context("error getting controller runtime dependencies")?;
        let edges: Vec<_> = replies.into_iter().flat_map(|reply| reply.value.edges).collect();
        let graph = if call.get(&WITH_RESOURCES) {
            let (_, node) = session.each_node().into_iter().next().context("there is no node")?;
            with_resources(session, &node, &edges).await?
        } else {
            of_types(&edges)
        };
        Ok(io.stdout.write_all(graph.render().as_bytes())?)
    })
}

/// A graph of controllers and types of resources.
fn of_types(edges: &[ControllerDependencyEdge]) -> Graph {
    use DependencyEdgeType as Type;

    let mut graph = Graph::new();
    for edge in edges {
        graph.node(&edge.controller_name, None, &CONTROLLER);
        graph.node(&edge.resource_type, None, &RESOURCE);
    }
    for edge in edges {
        let (style, is_output) = match edge.edge_type() {
            Type::OutputExclusive => ("bold", true),
            Type::OutputShared => ("solid", true),
            Type::InputStrong => ("solid", false),
            Type::InputWeak => ("dotted", false),
            Type::InputDestroyReady => continue,
        };
        let mut attributes = attributes(&[("style", style)]);
        if is_output {
            graph.edge(&edge.controller_name, &edge.resource_type, attributes);
            continue;
        }
        if !edge.resource_id.is_empty() {
            attributes.insert("label", edge.resource_id.clone());
        }
        graph.edge(&edge.resource_type, &edge.controller_name, attributes);
    }
    graph
}

/// A resource of the graph.
struct Found {
    key: String,
    type_name: String,
    id: String,
    owner: String,
}

/// A graph of controllers and the resources they read and write right now.
pub(crate) async fn with_resources(
    session: &Session,
    node: &Client,
    edges: &[ControllerDependencyEdge],
) -> anyhow::Result<Graph> {
    use DependencyEdgeType as Type;

    let definitions = session.ask(node.definitions()).await?;
    let mut graph = Graph::new();
    for edge in edges {
        graph.node(&edge.controller_name, None, &CONTROLLER);
    }
    let mut found: Vec<Found> = Vec::new();
    let mut listed = Vec::new();
    for edge in edges {
        let type_name = &edge.resource_type;
        if listed.contains(&type_name) {
            continue;
        }
        listed.push(type_name);
        let Some(definition) =
            definitions.iter().map(|found| &found.spec).find(|kind| kind.resource_type == *type_name)
        else {
            continue;
        };
        let api = node.dynamic(&definition.default_namespace, type_name);
        // Some types are secret to most users, and the rest of the graph is worth having.
        let Ok(resources) = session.ask(api.list(&ListOptions::default())).await else { continue };
        if resources.is_empty() {
            continue;
        }
        let cluster = graph.cluster(type_name);
        for resource in resources {
            let metadata = resource.metadata;
            let key = format!("{}/{}/{}", metadata.namespace, metadata.r#type, metadata.id);
            graph.node(&key, Some(cluster), &RESOURCE);
            found.push(Found { key, type_name: type_name.clone(), id: metadata.id, owner: metadata.owner });
        }
    }
    for edge in edges {
        let of_type = found.iter().filter(|resource| resource.type_name == edge.resource_type);
        let (style, is_output) = match edge.edge_type() {
            Type::OutputExclusive | Type::OutputShared => ("solid", true),
            Type::InputStrong => ("solid", false),
            Type::InputWeak => ("dotted", false),
            Type::InputDestroyReady => continue,
        };
        let style = attributes(&[("style", style)]);
        for resource in of_type {
            if is_output && resource.owner == edge.controller_name {
                graph.edge(&edge.controller_name, &resource.key, style.clone());
            } else if !is_output && (edge.resource_id.is_empty() || edge.resource_id == resource.id) {
                graph.edge(&resource.key, &edge.controller_name, style.clone());
            }
        }
    }
    Ok(graph)
}
