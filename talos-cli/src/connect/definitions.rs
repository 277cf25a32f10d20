//! Types of resources on machines in maintenance mode.

use talos_api::client::find_definition;
use talos_api::proto::cosi::resource as wire;
use talos_api::proto::cosi::resource::state_client::StateClient;
use talos_api::resources::meta::{ResourceDefinitionSpec, ResourceDefinitions};
use talos_api::resources::{Kind, Resource, Spec};
use tonic::Status;
use tonic::metadata::MetadataValue;

use super::session::Session;

impl Session {
    /// The type that a machine in maintenance mode calls by this name.
    pub(crate) async fn definition_in_maintenance(&self, name: &str) -> anyhow::Result<ResourceDefinitionSpec> {
        let kind = ResourceDefinitions::DEFINITION;
        let mut request = tonic::Request::new(wire::ListRequest {
            namespace: kind.namespace.to_owned(),
            r#type: kind.type_name.to_owned(),
            options: Some(wire::ListOptions::default()),
        });
        // The original names a node without a name here, and machines may look at that.
        request.metadata_mut().insert("node", MetadataValue::from_static(""));
        let mut state = StateClient::new(self.client().clone());
        let list = async {
            let mut replies = state.list(request).await?.into_inner();
            let mut resources = Vec::new();
            while let Some(reply) = replies.message().await? {
                resources.extend(reply.resource);
            }
            Ok::<_, Status>(resources)
        };
        let mut definitions = Vec::new();
        for resource in self.ask(list).await? {
            let spec = ResourceDefinitionSpec::from_proto(&resource.spec.unwrap_or_default().proto_spec)?;
            definitions.push(Resource { metadata: resource.metadata.unwrap_or_default(), spec });
        }
        Ok(find_definition(definitions, name).map_err(super::Failure::from)?)
    }
}
