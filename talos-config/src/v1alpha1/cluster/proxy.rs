//! kube-proxy.

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;

/// `ProxyConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ProxyConfig")]
pub struct ProxyConfig {
    /// `disabled`.
    #[field(since = "0.9")]
    pub disabled: Option<bool>,
    /// `image`.
    #[field(go = "ContainerImage")]
    pub image: String,
    /// `mode`.
    #[field(go = "ModeConfig")]
    pub mode: String,
    /// `extraArgs`.
    #[field(go = "ExtraArgsConfig")]
    pub extra_args: Option<Map<String>>,
}
