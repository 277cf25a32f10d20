//! Which resources a caller may see.

use http::Extensions;
use talos_api::resources::Kind;
use talos_api::resources::meta::{Namespaces, ResourceDefinitionSpec, ResourceDefinitions, Sensitivity};
use talos_pki::{Role, RoleSet};
use tonic::Status;

use super::cosi_state::{Access, Verb};
use crate::cosi::{Reference, Store};

/// The rules of the API: nothing is written, and secrets are for administrators.
#[derive(Clone, Debug)]
pub struct ApiAccess {
    store: Store,
}

impl ApiAccess {
    /// Looks types and namespaces up in a store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// What a type is like; its name may be written in any case.
    fn definition(&self, type_name: &str) -> Option<ResourceDefinitionSpec> {
        self.store.spec::<ResourceDefinitions>(&type_name.to_lowercase())
    }
}

impl Access for ApiAccess {
    fn check(&self, verb: Verb, namespace: &str, type_name: &str, caller: &Extensions) -> Result<(), Status> {
        if verb.is_write() {
            return Err(Status::permission_denied("write access is not allowed"));
        }
        let Some(definition) = self.definition(type_name) else {
            return Err(Status::permission_denied(format!("resource type {type_name:?} is not supported")));
        };
        let is_admin = caller.get::<RoleSet>().is_some_and(|roles| roles.contains(&Role::Admin));
        if definition.sensitivity == Sensitivity::SENSITIVE && !is_admin {
            return Err(Status::permission_denied("not authorized"));
        }
        let reference = Reference::new(Namespaces::DEFINITION.namespace, Namespaces::DEFINITION.type_name, namespace);
        match self.store.get(&reference) {
            Ok(_) => Ok(()),
            Err(_) => Err(Status::permission_denied(format!("namespace {namespace:?} is not supported"))),
        }
    }
}

/// Namespaces, and what they are for.
const NAMESPACES: &[(&str, &str)] = &[
    ("cluster", "Members of the cluster, as they were found"),
    ("cluster-raw", "Members of the cluster, as each source tells them"),
    ("config", "What the machine configuration says"),
    ("controlplane", "What the control plane of Kubernetes runs with"),
    ("cri", "What containers run with"),
    ("etcd", "What etcd runs with, and its members"),
    ("files", "Files below /etc"),
    ("hardware", "What the machine is made of"),
    ("k8s", "What Kubernetes runs with on this machine"),
    ("kubespan", "The network between all members"),
    ("meta", "Types and namespaces of resources"),
    ("network", "The network of the machine"),
    ("network-config", "The network of the machine, as each source wants it"),
    ("perf", "How busy the machine is"),
    ("runtime", "What the machine is doing"),
    ("secrets", "Keys and certificates"),
];

/// Describes types and namespaces as resources, so that clients find them. A type that nobody writes is not there.
///
/// # Errors
/// Never for a new store.
pub fn describe(store: &Store, written: impl IntoIterator<Item = &'static str>) -> Result<(), crate::cosi::Error> {
    use talos_api::resources::DEFINITIONS;
    use talos_api::resources::meta::NamespaceSpec;
    for (name, description) in NAMESPACES {
        let spec = NamespaceSpec { description: (*description).to_owned() };
        store.put(&meta::<Namespaces>(name), "", spec)?;
    }
    let written: std::collections::BTreeSet<&str> = written
        .into_iter()
        .chain([Namespaces::DEFINITION.type_name, ResourceDefinitions::DEFINITION.type_name])
        .collect();
    for definition in DEFINITIONS.iter().filter(|definition| written.contains(definition.type_name)) {
        store.put(&meta::<ResourceDefinitions>(&definition.id()), "", definition.to_spec())?;
    }
    Ok(())
}

fn meta<K: Kind>(id: &str) -> Reference {
    Reference::new(K::DEFINITION.namespace, K::DEFINITION.type_name, id)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use talos_api::resources::config::{MachineConfigs, MachineTypes};
    use talos_pki::clock::FixedClock;

    use super::*;
    use crate::cosi::Query;

    #[test]
    fn readers_see_what_is_no_secret() {
        let store = Store::new(FixedClock(SystemTime::UNIX_EPOCH));
        describe(&store, [MachineConfigs::DEFINITION.type_name, MachineTypes::DEFINITION.type_name]).unwrap();
        assert_eq!(store.list("meta", ResourceDefinitions::DEFINITION.type_name, &Query::default()).len(), 4);
        let access = ApiAccess::new(store);
        let check = |verb, namespace: &str, type_name: &str, roles: &[Role]| {
            let mut caller = Extensions::new();
            caller.insert::<RoleSet>(roles.iter().cloned().collect());
            access.check(verb, namespace, type_name, &caller).map_err(|status| status.message().to_owned())
        };
        let (types, configs) = (MachineTypes::DEFINITION.type_name, MachineConfigs::DEFINITION.type_name);
        assert_eq!(check(Verb::Get, "config", types, &[Role::Reader]), Ok(()));
        assert_eq!(check(Verb::List, "config", &types.to_uppercase(), &[Role::Reader]), Ok(()));
        assert_eq!(check(Verb::Watch, "config", configs, &[Role::Reader]), Err("not authorized".into()));
        assert_eq!(check(Verb::Watch, "config", configs, &[Role::Admin]), Ok(()));
        let refused = Err("write access is not allowed".into());
        assert_eq!(check(Verb::Create, "config", types, &[Role::Admin]), refused);
        let refused = Err("resource type \"os/path\" is not supported".into());
        assert_eq!(check(Verb::Get, "config", "os/path", &[Role::Admin]), refused);
        assert_eq!(check(Verb::Get, "x", types, &[Role::Admin]), Err("namespace \"x\" is not supported".into()));
    }
}
