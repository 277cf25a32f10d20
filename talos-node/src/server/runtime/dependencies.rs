//! `ControllerRuntimeDependencies`: who reads and writes which resources.

use talos_api::proto::inspect::{
    ControllerDependencyEdge, ControllerRuntimeDependenciesResponse, ControllerRuntimeDependency, DependencyEdgeType,
};

use crate::cosi::controller::Hold;
use crate::cosi::engine::Edge;

/// All arrows between controllers and resources.
pub fn dependencies(graph: &[Edge]) -> ControllerRuntimeDependenciesResponse {
    let edges = graph.iter().map(edge).collect();
    ControllerRuntimeDependenciesResponse { messages: vec![ControllerRuntimeDependency { metadata: None, edges }] }
}

fn edge(edge: &Edge) -> ControllerDependencyEdge {
    let (controller, kind, namespace, type_name, id) = match edge {
        Edge::Output(controller, output) => {
            let kind = match output.is_shared {
                true => DependencyEdgeType::OutputShared,
                false => DependencyEdgeType::OutputExclusive,
            };
            // Whoever writes a type may do so everywhere, as far as the reference tells.
            (controller, kind, "", output.type_name, None)
        }
        Edge::Input(controller, input) => {
            let kind = match input.hold {
                Hold::Strong => DependencyEdgeType::InputStrong,
                Hold::Weak => DependencyEdgeType::InputWeak,
                Hold::DestroyReady => DependencyEdgeType::InputDestroyReady,
            };
            (controller, kind, input.namespace, input.type_name, input.id)
        }
    };
    ControllerDependencyEdge {
        controller_name: (*controller).to_owned(),
        edge_type: kind.into(),
        resource_namespace: namespace.to_owned(),
        resource_type: type_name.to_owned(),
        resource_id: id.unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::config::{MachineConfigs, MachineTypes};

    use super::*;
    use crate::cosi::controller::{Input, Output};

    #[test]
    fn arrows_have_the_numbers_of_the_wire() {
        let graph = [
            Edge::Output("a", Output::exclusive::<MachineTypes>()),
            Edge::Output("a", Output::shared::<MachineTypes>()),
            Edge::Input("a", Input::strong::<MachineConfigs>()),
            Edge::Input("a", Input::weak::<MachineConfigs>().only("v1alpha1")),
            Edge::Input("a", Input::destroy_ready::<MachineConfigs>()),
        ];
        let edges = dependencies(&graph).messages.remove(0).edges;
        let numbers: Vec<i32> = edges.iter().map(|edge| edge.edge_type).collect();
        assert_eq!(numbers, [0, 3, 1, 2, 4]);
        assert_eq!((&*edges[3].resource_namespace, &*edges[3].resource_id), ("config", "v1alpha1"));
    }
}
