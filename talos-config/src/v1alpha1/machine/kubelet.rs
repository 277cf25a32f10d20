//! The kubelet of a machine.

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;
use talos_config_yaml::free_form::FreeForm;

/// `KubeletConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KubeletConfig")]
pub struct KubeletConfig {
    /// `image`.
    #[field(go = "KubeletImage")]
    pub image: String,
    /// `clusterDNS`.
    #[field(key = "clusterDNS", go = "KubeletClusterDNS", since = "0.12")]
    pub cluster_dns: Option<Vec<String>>,
    /// `extraArgs`.
    #[field(go = "KubeletExtraArgs")]
    pub extra_args: Option<Map<String>>,
    /// `extraMounts`.
    #[field(go = "KubeletExtraMounts")]
    pub extra_mounts: Option<Vec<ExtraMount>>,
    /// `extraConfig`.
    #[field(go = "KubeletExtraConfig", since = "1.0")]
    pub extra_config: Option<FreeForm>,
    /// `defaultRuntimeSeccompProfileEnabled`.
    #[field(go = "KubeletDefaultRuntimeSeccompProfileEnabled", since = "1.2")]
    pub default_runtime_seccomp_profile_enabled: Option<bool>,
    /// `registerWithFQDN`.
    #[field(key = "registerWithFQDN", go = "KubeletRegisterWithFQDN", since = "0.9")]
    pub register_with_fqdn: Option<bool>,
    /// `nodeIP`.
    #[field(key = "nodeIP", go = "KubeletNodeIP", since = "0.13")]
    pub node_ip: Option<Box<KubeletNodeIpConfig>>,
    /// `skipNodeRegistration`.
    #[field(go = "KubeletSkipNodeRegistration", since = "1.2")]
    pub skip_node_registration: Option<bool>,
    /// `disableManifestsDirectory`.
    #[field(go = "KubeletDisableManifestsDirectory", since = "1.3")]
    pub disable_manifests_directory: Option<bool>,
}

/// `KubeletNodeIPConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KubeletNodeIPConfig")]
pub struct KubeletNodeIpConfig {
    /// `validSubnets`.
    #[field(go = "KubeletNodeIPValidSubnets", since = "0.13")]
    pub valid_subnets: Option<Vec<String>>,
}

/// `ExtraMount`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ExtraMount")]
pub struct ExtraMount {
    /// `destination`.
    #[field(emit = "always")]
    pub destination: String,
    /// `type`.
    #[field(emit = "always")]
    pub r#type: String,
    /// `source`.
    #[field(emit = "always")]
    pub source: String,
    /// `options`.
    #[field(emit = "always")]
    pub options: Option<Vec<String>>,
}
