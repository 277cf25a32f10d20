//! kube-apiserver.

use talos_config_yaml::Section;
use talos_config_yaml::collections::{List, Map};
use talos_config_yaml::free_form::FreeForm;

use super::resources::ResourcesConfig;
use super::volume_mount::VolumeMountConfig;

/// kube-apiserver, which runs as a static pod on every control plane machine.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.APIServerConfig")]
pub struct ApiServerConfig {
    /// Image of kube-apiserver.
    #[field(
        go = "ContainerImage",
        default = "registry.k8s.io/kube-apiserver:v1.28.3",
        example = "registry.k8s.io/kube-apiserver:v1.28.3"
    )]
    pub image: String,
    /// Further flags of kube-apiserver, without the leading dashes.
    #[field(
        go = "ExtraArgsConfig",
        example = "
            feature-gates: ServerSideApply=true
        "
    )]
    pub extra_args: Option<Map<String>>,
    /// Directories of the host that the pod gets.
    #[field(
        go = "ExtraVolumesConfig",
        since = "0.9",
        example = "
            - hostPath: /var/lib/auth
              mountPath: /var/lib/auth
              readonly: true
        "
    )]
    pub extra_volumes: Option<Vec<VolumeMountConfig>>,
    /// Environment variables of the pod.
    #[field(
        go = "EnvConfig",
        secret = "mask",
        since = "1.0",
        example = "
            HTTPS_PROXY: http://proxy.example.org:3128/
        "
    )]
    pub env: Option<Map<String>>,
    /// Further names and addresses for the certificate of the Kubernetes API.
    #[field(
        key = "certSANs",
        example = "
            - 1.2.3.4
            - 4.5.6.7
        "
    )]
    pub cert_sans: Option<Vec<String>>,
    /// Do not use PodSecurityPolicy, which Kubernetes has no more since 1.25.
    #[field(go = "DisablePodSecurityPolicyConfig", since = "0.12", default = "false", example = "true")]
    pub disable_pod_security_policy: Option<bool>,
    /// Configuration of admission plugins.
    ///
    /// A patch entry merges into the entry with the same name.
    #[field(
        go = "AdmissionControlConfig", type_name = "v1alpha1.AdmissionPluginConfigList",
        same = AdmissionPluginConfig::same, since = "1.0",
        example = "
            - name: PodSecurity
              configuration:
                apiVersion: pod-security.admission.config.k8s.io/v1alpha1
                kind: PodSecurityConfiguration
                defaults:
                    enforce: baseline
                    enforce-version: latest
                exemptions:
                    namespaces:
                        - kube-system
        "
    )]
    pub admission_control: Option<List<AdmissionPluginConfig>>,
    /// Audit policy, a whole `audit.k8s.io/v1` Policy object; default is one that logs metadata.
    ///
    /// A patch replaces it as a whole. As in 1.5.5, a patch of `cluster.apiServer` that lacks the field removes it.
    #[field(
        go = "AuditPolicyConfig",
        merge = "overwrite",
        since = "1.3",
        example = "
            apiVersion: audit.k8s.io/v1
            kind: Policy
            rules:
                - level: Metadata
        "
    )]
    pub audit_policy: Option<FreeForm>,
    /// CPU and memory of the pod.
    #[field(
        go = "ResourcesConfig",
        since = "1.5",
        example = "
            requests:
                cpu: 200m
                memory: 512Mi
        "
    )]
    pub resources: Option<Box<ResourcesConfig>>,
}

/// Configuration of an admission plugin.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.AdmissionPluginConfig")]
pub struct AdmissionPluginConfig {
    /// Name of the plugin.
    #[field(go = "PluginName", emit = "always", since = "1.0", example = "PodSecurity")]
    pub name: String,
    /// The plugin's configuration object.
    #[field(
        go = "PluginConfiguration",
        emit = "always",
        since = "1.0",
        example = "
            apiVersion: pod-security.admission.config.k8s.io/v1alpha1
            kind: PodSecurityConfiguration
            defaults:
                enforce: baseline
        "
    )]
    pub configuration: Option<FreeForm>,
}

impl AdmissionPluginConfig {
    /// True when an entry of a patch is about this plugin: both have the same name.
    pub fn same(known: &Self, patch: &Self) -> bool {
        known.name == patch.name
    }
}

#[cfg(test)]
mod tests {
    use talos_config_yaml::fields::{Merge, Node};
    use talos_config_yaml::value::Value;

    use super::*;
    use crate::v1alpha1::ClusterConfig;

    fn server(image: &str, policy: Option<&str>) -> ApiServerConfig {
        let policy = policy.map(|kind| FreeForm::new([("kind", Value::String(kind.to_owned()))]));
        ApiServerConfig { image: image.to_owned(), audit_policy: policy, ..Default::default() }
    }

    #[test]
    fn a_patch_replaces_the_audit_policy_or_takes_it_away() {
        for (patch, expected) in
            [(server("b", None), server("b", None)), (server("", Some("Other")), server("a", Some("Other")))]
        {
            let mut merged = server("a", Some("Policy"));
            merged.merge(&patch, Merge::Typed).unwrap();
            assert_eq!(merged, expected);
        }
    }

    #[test]
    fn a_patch_of_other_sections_keeps_the_audit_policy() {
        let api_server = Some(Box::new(server("a", Some("Policy"))));
        let before = ClusterConfig { api_server, ..Default::default() };
        let mut cluster = before.clone();
        cluster.merge(&ClusterConfig::default(), Merge::Typed).unwrap();
        assert_eq!(cluster, before);
    }

    #[test]
    fn plugins_of_a_patch_merge_by_name() {
        let plugin = |name: &str, kind: &str| AdmissionPluginConfig {
            name: name.to_owned(),
            configuration: Some(FreeForm::new([(kind, Value::Bool(true))])),
        };
        let list = |plugins: Vec<AdmissionPluginConfig>| ApiServerConfig {
            admission_control: Some(plugins.into_iter().collect()),
            ..Default::default()
        };
        let mut server = list(vec![plugin("A", "x")]);
        server.merge(&list(vec![plugin("B", "y"), plugin("A", "x")]), Merge::Typed).unwrap();
        assert_eq!(server, list(vec![plugin("A", "x"), plugin("B", "y")]));
    }
}
