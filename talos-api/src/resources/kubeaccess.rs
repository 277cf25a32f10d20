//! Access to the API from pods.

use super::kinds::kinds;
use super::spec::spec;

kinds! {
    /// Access to the API from pods.
    KubernetesAccessConfigs: ConfigSpec = "KubernetesAccessConfigs.cluster.talos.dev" in "config" {
        display: "KubernetesAccessConfig",
        aliases: [],
        columns: [],
    }
}

spec! {
    /// What [`KubernetesAccessConfigs`] say.
    ConfigSpec = "talos.resource.definitions.kubeaccess.ConfigSpec" {
        1 enabled: bool = "enabled",
        2 allowed_api_roles: Vec<String> = "allowedAPIRoles",
        3 allowed_kubernetes_namespaces: Vec<String> = "allowedKubernetesNamespaces",
    }
}
