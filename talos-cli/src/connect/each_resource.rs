//! Resources of every node, one node after the other.

use talos_api::client::{Client, ListOptions};
use talos_api::resources::{Dynamic, Resource};

use super::failure::Failure;
use super::session::Session;

/// The resources of one node that a command line names: a type, perhaps an id.
#[derive(Debug)]
pub(crate) struct NodeResources<'s> {
    node: &'s str,
    client: Client,
    kind: &'s str,
    id: Option<&'s str>,
    /// Empty for that of the type.
    namespace: &'s str,
}

impl Session {
    /// The resources that `<type> [<id>]` names, for each node. Nothing is asked yet.
    pub(crate) fn each_resource<'s>(
        &'s self,
        arguments: &'s [String],
        namespace: &'s str,
    ) -> impl Iterator<Item = NodeResources<'s>> {
        let (kind, id) = (arguments[0].as_str(), arguments.get(1).map(String::as_str));
        self.each_node().into_iter().map(move |(node, client)| NodeResources { node, client, kind, id, namespace })
    }
}

impl<'s> NodeResources<'s> {
    /// The node, and its resources or why it does not give them. Fails when the node does not know the type.
    pub(crate) async fn fetch(
        self,
        session: &Session,
    ) -> anyhow::Result<(&'s str, Result<Vec<Resource<Dynamic>>, Failure>)> {
        let definition = session.ask(self.client.definition(self.kind)).await?;
        let namespace = if self.namespace.is_empty() { &definition.default_namespace } else { self.namespace };
        let api = self.client.dynamic(namespace, definition.resource_type);
        let found = match self.id {
            Some(id) => session.ask(api.get(id)).await.map(|resource| vec![resource]),
            None => session.ask(api.list(&ListOptions::default())).await,
        };
        Ok((self.node, found))
    }
}
