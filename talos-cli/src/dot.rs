//! Graphs in the language of Graphviz, laid out as the original program lays them out.

use std::collections::BTreeMap;
use std::fmt::Write;

/// A directed graph. Nodes are known by a key, which is their label, too.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: BTreeMap<String, Node>,
    clusters: Vec<Cluster>,
    /// Edges by the key of the node they leave, in the order they were added.
    edges: BTreeMap<String, Vec<Edge>>,
    parts: usize,
}

/// Attributes of a node or edge.
pub type Attributes = BTreeMap<&'static str, String>;

#[derive(Clone, Debug)]
struct Node {
    number: usize,
    cluster: Option<usize>,
    attributes: Attributes,
}

#[derive(Clone, Debug)]
struct Cluster {
    number: usize,
    label: String,
}

#[derive(Clone, Debug)]
struct Edge {
    to: String,
    attributes: Attributes,
}

/// Makes attributes of pairs.
pub fn attributes(pairs: &[(&'static str, &str)]) -> Attributes {
    pairs.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
}

impl Graph {
    /// A graph without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    fn next(&mut self) -> usize {
        self.parts += 1;
        self.parts
    }

    /// Adds a frame around nodes and returns its handle; one with this label that is there is returned.
    pub fn cluster(&mut self, label: &str) -> usize {
        if let Some(at) = self.clusters.iter().position(|cluster| cluster.label == label) {
            return at;
        }
        let number = self.next();
        self.clusters.push(Cluster { number, label: label.to_owned() });
        self.clusters.len() - 1
    }

    /// Adds a node unless it is there, within a cluster or outside of all.
    pub fn node(&mut self, key: &str, cluster: Option<usize>, attributes: &[(&'static str, &str)]) {
        if self.nodes.contains_key(key) {
            return;
        }
        let number = self.next();
        let mut attributes = self::attributes(attributes);
        attributes.insert("label", key.to_owned());
        self.nodes.insert(key.to_owned(), Node { number, cluster, attributes });
    }

    /// Adds an edge between nodes that are there.
    pub fn edge(&mut self, from: &str, to: &str, attributes: Attributes) {
        self.edges.entry(from.to_owned()).or_default().push(Edge { to: to.to_owned(), attributes });
    }

    /// The graph as text.
    pub fn render(&self) -> String {
        let mut out = "digraph  {\n".to_owned();
        let mut clusters: Vec<_> = self.clusters.iter().enumerate().collect();
        clusters.sort_by(|(_, a), (_, b)| a.label.cmp(&b.label));
        for (at, cluster) in clusters {
            let _ = write!(out, "\tsubgraph cluster_s{} {{\n\t\tlabel={};\n", cluster.number, quoted(&cluster.label));
            self.write_nodes(&mut out, "\t\t", Some(at));
            out.push_str("\t\t\n\t}\n");
        }
        out.push_str("\t\n");
        self.write_nodes(&mut out, "\t", None);
        for (from, edges) in &self.edges {
            for edge in edges {
                if let (Some(from), Some(to)) = (self.nodes.get(from), self.nodes.get(&edge.to)) {
                    let _ = writeln!(out, "\tn{}->n{}{};", from.number, to.number, shown(&edge.attributes));
                }
            }
        }
        out.push_str("\t\n}\n");
        out
    }

    fn write_nodes(&self, out: &mut String, indent: &str, cluster: Option<usize>) {
        for node in self.nodes.values().filter(|node| node.cluster == cluster) {
            let _ = writeln!(out, "{indent}n{}{};", node.number, shown(&node.attributes));
        }
    }
}

fn shown(attributes: &Attributes) -> String {
    if attributes.is_empty() {
        return String::new();
    }
    let pairs: Vec<_> = attributes.iter().map(|(key, value)| format!("{key}={}", quoted(value))).collect();
    format!("[{}]", pairs.join(","))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout() {
        let mut graph = Graph::new();
        graph.node("b", None, &[("shape", "box")]);
        let cluster = graph.cluster("types");
        graph.node("a\"", Some(cluster), &[]);
        graph.node("b", None, &[]);
        graph.edge("b", "a\"", attributes(&[("style", "bold")]));
        graph.edge("b", "missing", Attributes::new());
        assert_eq!(
            graph.render(),
            "digraph  {\n\tsubgraph cluster_s2 {\n\t\tlabel=\"types\";\n\t\tn3[label=\"a\\\"\"];\n\t\t\n\t}\n\t\n\
             \tn1[label=\"b\",shape=\"box\"];\n\tn1->n3[style=\"bold\"];\n\t\n}\n"
        );
    }
}
