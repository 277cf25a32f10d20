//! Types of resources, by the names people type.

use talos_api::client::{self, Client, ListOptions};
use talos_api::proto::cosi::resource as wire;
use talos_api::proto::cosi::resource::state_client::StateClient;
use talos_config_yaml::value::Value;
use tonic::Status;

use super::failure::Failure;
use super::session::Session;
use crate::go;
use crate::output::yaml;

/// Namespace and type of the resources that describe types.
const DEFINITIONS: (&str, &str) = ("meta", "ResourceDefinitions.meta.cosi.dev");

/// A type of resources as a node describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Definition {
    /// Full name in lower case.
    pub(crate) id: String,
    /// Full name.
    pub(crate) type_name: String,
    /// Name in tables.
    pub(crate) display: String,
    /// Where its resources are unless told otherwise.
    pub(crate) namespace: String,
    /// Short names that are listed.
    pub(crate) aliases: Vec<String>,
    /// Everything it may be called besides its id.
    pub(crate) all_aliases: Vec<String>,
    /// Titles and templates of the columns that tables show.
    pub(crate) columns: Vec<(String, String)>,
}

impl Definition {
    fn read(id: &str, spec: &str) -> anyhow::Result<Self> {
        let spec = yaml::parse(id, spec)?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let list = |key: &str| spec.get(key).and_then(Value::as_sequence).unwrap_or_default();
        let texts = |key: &str| list(key).iter().map(|value| text(Some(value))).collect();
        let column = |column: &Value| (text(column.get("name")), text(column.get("jsonPath")));
        Ok(Self {
            id: id.to_owned(),
            type_name: text(spec.get("type")),
            display: text(spec.get("displayType")),
            namespace: text(spec.get("defaultNamespace")),
            aliases: texts("aliases"),
            all_aliases: texts("allAliases"),
            columns: list("printColumns").iter().map(column).collect(),
        })
    }

    fn is_called(&self, name: &str) -> bool {
        self.id.eq_ignore_ascii_case(name) || self.all_aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }
}

impl Session {
    /// All types that a node knows. `node` is the handle of one node.
    pub(crate) async fn definitions(&self, node: &Client) -> anyhow::Result<Vec<Definition>> {
        let (namespace, type_name) = DEFINITIONS;
        let resources = self.ask(node.dynamic(namespace, type_name).list(&ListOptions::default())).await?;
        let read = |resource: &talos_api::resources::Resource<talos_api::resources::Dynamic>| {
            Definition::read(&resource.metadata.id, &resource.spec.yaml_spec)
        };
        resources.iter().map(read).collect()
    }

    /// The type that a node calls by this name.
    pub(crate) async fn definition(&self, node: &Client, name: &str) -> anyhow::Result<Definition> {
        find(self.definitions(node).await?, name)
    }

    /// The same for a machine in maintenance mode.
    pub(crate) async fn definition_in_maintenance(&self, name: &str) -> anyhow::Result<Definition> {
        let (namespace, type_name) = DEFINITIONS;
        let mut request = tonic::Request::new(wire::ListRequest {
            namespace: namespace.to_owned(),
            r#type: type_name.to_owned(),
            options: Some(wire::ListOptions::default()),
        });
        // The original names a node without a name here, and machines may look at that.
        request.metadata_mut().insert("node", tonic::metadata::MetadataValue::from_static(""));
        let mut state = StateClient::new(self.client().clone());
        let list = async {
            let mut replies = state.list(request).await?.into_inner();
            let mut definitions = Vec::new();
            while let Some(reply) = replies.message().await? {
                definitions.extend(reply.resource);
            }
            Ok::<_, Status>(definitions)
        };
        let resources = self.ask(list).await?;
        let read = |resource: &wire::Resource| {
            let id = resource.metadata.as_ref().map_or("", |metadata| &metadata.id);
            Definition::read(id, resource.spec.as_ref().map_or("", |spec| &spec.yaml_spec))
        };
        find(resources.iter().map(read).collect::<anyhow::Result<_>>()?, name)
    }
}

fn find(definitions: Vec<Definition>, name: &str) -> anyhow::Result<Definition> {
    let mut called: Vec<Definition> = definitions.into_iter().filter(|definition| definition.is_called(name)).collect();
    let failure = match called.len() {
        1 => return Ok(called.swap_remove(0)),
        0 => Status::not_found(format!("resource {} is not registered", go::quote(name))),
        _ => {
            let ids: Vec<_> = called.iter().map(|definition| definition.id.as_str()).collect();
            Status::invalid_argument(format!("resource type {} is ambiguous: [{}]", go::quote(name), ids.join(" ")))
        }
    };
    Err(Failure::from(client::Error::from(failure)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definitions() -> Vec<Definition> {
        let links = "type: Links.net.talos.dev\ndisplayType: Link\ndefaultNamespace: network\naliases: [link, ls]\n\
                     allAliases: [links, links.net, link, ls]\nprintColumns:\n- name: Type\n  jsonPath: '{.type}'\n";
        let leases = "type: Leases.net.talos.dev\nallAliases: [leases, ls]\n";
        vec![
            Definition::read("links.net.talos.dev", links).unwrap(),
            Definition::read("leases.net.talos.dev", leases).unwrap(),
        ]
    }

    #[test]
    fn names_are_ids_and_aliases_in_any_case() {
        for name in ["links.net.talos.dev", "Links", "LINKS.net"] {
            let found = find(definitions(), name).unwrap();
            assert_eq!((found.display.as_str(), found.namespace.as_str()), ("Link", "network"), "{name}");
            assert_eq!(found.columns, [("Type".to_owned(), "{.type}".to_owned())]);
        }
        assert_eq!(
            find(definitions(), "x").unwrap_err().to_string(),
            "rpc error: code = NotFound desc = resource \"x\" is not registered"
        );
        assert_eq!(
            find(definitions(), "ls").unwrap_err().to_string(),
            "rpc error: code = InvalidArgument desc = resource type \"ls\" is ambiguous: \
             [links.net.talos.dev leases.net.talos.dev]"
        );
    }
}
