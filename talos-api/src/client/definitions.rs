//! Types of resources, by the names people give them.

use tonic::Status;

use super::{Client, Error, ListOptions};
use crate::grpc::status::quoted;
use crate::resources::Resource;
use crate::resources::meta::{ResourceDefinitionSpec, ResourceDefinitions};

impl Client {
    /// The types of resources that a node knows, sorted by id. Take a handle of one node, see [`Client::node`].
    ///
    /// # Errors
    /// As [`Api::list`](super::Api::list).
    pub async fn definitions(&self) -> Result<Vec<Resource<ResourceDefinitionSpec>>, Error> {
        self.resources::<ResourceDefinitions>().list(&ListOptions::default()).await
    }

    /// The type that a node calls by this name: its full name or an alias, in any case.
    ///
    /// ```no_run
    /// # async fn run(client: talos_api::client::Client) -> Result<(), talos_api::client::Error> {
    /// let node = client.node("10.5.0.2");
    /// let links = node.definition("links").await?;
    /// let links = node.dynamic(links.default_namespace, links.resource_type);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Call`] with code `NotFound` when there is none, `InvalidArgument` when there are several.
    pub async fn definition(&self, name: &str) -> Result<ResourceDefinitionSpec, Error> {
        find_definition(self.definitions().await?, name)
    }
}

/// The one of `definitions` that is called by this name.
///
/// # Errors
/// As [`Client::definition`].
pub fn find_definition(
    definitions: Vec<Resource<ResourceDefinitionSpec>>,
    name: &str,
) -> Result<ResourceDefinitionSpec, Error> {
    let is_called = |definition: &Resource<ResourceDefinitionSpec>| {
        let names = std::iter::once(&definition.metadata.id).chain(&definition.spec.all_aliases);
        names.into_iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    let mut called: Vec<_> = definitions.into_iter().filter(is_called).collect();
    let failure = match called.len() {
        1 => return Ok(called.swap_remove(0).spec),
        0 => Status::not_found(format!("resource {} is not registered", quoted(name))),
        _ => {
            let ids: Vec<_> = called.iter().map(|definition| definition.metadata.id.as_str()).collect();
            Status::invalid_argument(format!("resource type {} is ambiguous: [{}]", quoted(name), ids.join(" ")))
        }
    };
    Err(failure.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::cosi::resource::Metadata;
    use crate::resources::DEFINITIONS;

    fn definitions() -> Vec<Resource<ResourceDefinitionSpec>> {
        let resource = |id: String, spec| Resource { metadata: Metadata { id, ..Metadata::default() }, spec };
        DEFINITIONS.iter().map(|definition| resource(definition.id(), definition.to_spec())).collect()
    }

    #[test]
    fn names_are_ids_and_aliases_in_any_case() {
        for name in ["members.cluster.talos.dev", "Members", "MEMBER", "members.cluster"] {
            let found = find_definition(definitions(), name).unwrap();
            assert_eq!(
                (found.display_type.as_str(), found.default_namespace.as_str()),
                ("Member", "cluster"),
                "{name}"
            );
        }
        assert_eq!(
            find_definition(definitions(), "x").unwrap_err().to_string(),
            "rpc error: code = NotFound desc = resource \"x\" is not registered"
        );
        assert_eq!(
            find_definition(definitions(), "ksps").unwrap_err().to_string(),
            "rpc error: code = InvalidArgument desc = resource type \"ksps\" is ambiguous: \
             [kubespanpeerspecs.kubespan.talos.dev kubespanpeerstatuses.kubespan.talos.dev]"
        );
    }
}
