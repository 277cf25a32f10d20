//! kube-apiserver.

use talos_config_yaml::Section;
use talos_config_yaml::collections::{List, Map};
use talos_config_yaml::free_form::FreeForm;

use super::resources::ResourcesConfig;
use super::volume_mount::VolumeMountConfig;

/// `APIServerConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.APIServerConfig")]
pub struct ApiServerConfig {
    /// `image`.
    #[field(go = "ContainerImage")]
    pub image: String,
    /// `extraArgs`.
    #[field(go = "ExtraArgsConfig")]
    pub extra_args: Option<Map<String>>,
    /// `extraVolumes`.
    #[field(go = "ExtraVolumesConfig", since = "0.9")]
    pub extra_volumes: Option<Vec<VolumeMountConfig>>,
    /// `env`.
    #[field(go = "EnvConfig", secret = "mask", since = "1.0")]
    pub env: Option<Map<String>>,
    /// `certSANs`.
    #[field(key = "certSANs")]
    pub cert_sans: Option<Vec<String>>,
    /// `disablePodSecurityPolicy`.
    #[field(go = "DisablePodSecurityPolicyConfig", since = "0.12")]
    pub disable_pod_security_policy: Option<bool>,
    /// `admissionControl`.
    #[field(
        go = "AdmissionControlConfig", type_name = "v1alpha1.AdmissionPluginConfigList",
        same = AdmissionPluginConfig::same, since = "1.0"
    )]
    pub admission_control: Option<List<AdmissionPluginConfig>>,
    /// `auditPolicy`.
    #[field(go = "AuditPolicyConfig", merge = "overwrite", since = "1.3")]
    pub audit_policy: Option<FreeForm>,
    /// `resources`.
    #[field(go = "ResourcesConfig", since = "1.5")]
    pub resources: Option<Box<ResourcesConfig>>,
}

/// `AdmissionPluginConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.AdmissionPluginConfig")]
pub struct AdmissionPluginConfig {
    /// `name`.
    #[field(go = "PluginName", emit = "always", since = "1.0")]
    pub name: String,
    /// `configuration`.
    #[field(go = "PluginConfiguration", emit = "always", since = "1.0")]
    pub configuration: Option<FreeForm>,
}

impl AdmissionPluginConfig {
    /// True when an entry of a patch is about this plugin: both have the same name.
    pub fn same(known: &Self, patch: &Self) -> bool {
        known.name == patch.name
    }
}
