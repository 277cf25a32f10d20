//! Whom an example talks to: the cluster of a client file, or a node inside of the process.

use talos_api::client::{Client, Context};
use talos_api::testing::{Scenario, TestNode};
use talos_config::talosconfig::Talosconfig;
use talos_config_yaml::source::Source;

/// A client, the nodes to ask, and the in-process node, which must be kept.
pub(crate) struct Cluster {
    pub(crate) client: Client,
    pub(crate) nodes: Vec<String>,
    _node: Option<TestNode>,
}

/// The first argument is the path of a client file; without it an in-process node answers.
pub(crate) async fn connect(scenario: Scenario) -> Result<Cluster, Box<dyn std::error::Error>> {
    let Some(path) = std::env::args().nth(1) else {
        let node = TestNode::start(scenario).await?;
        let nodes = vec!["10.5.0.2".to_owned(), "10.5.0.3".to_owned()];
        return Ok(Cluster { client: node.client(), nodes, _node: Some(node) });
    };
    let file = Talosconfig::from_yaml(&Source::new(path.clone(), std::fs::read(path)?))?;
    let context = Context::from(file.resolve(None)?);
    let nodes = context.nodes.clone();
    Ok(Cluster { client: Client::builder().context(&context).build()?, nodes, _node: None })
}
