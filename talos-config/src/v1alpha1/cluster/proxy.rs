//! kube-proxy.

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;

/// kube-proxy, which runs on every machine.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ProxyConfig")]
pub struct ProxyConfig {
    /// Do not install kube-proxy; a network plugin can take its work.
    #[field(since = "0.9", default = "false", example = "false")]
    pub disabled: Option<bool>,
    /// Image of kube-proxy.
    #[field(
        go = "ContainerImage",
        default = "registry.k8s.io/kube-proxy:v1.28.3",
        example = "registry.k8s.io/kube-proxy:v1.28.3"
    )]
    pub image: String,
    /// How kube-proxy forwards: `iptables` or `ipvs`.
    #[field(go = "ModeConfig", default = "iptables", example = "ipvs")]
    pub mode: String,
    /// Further flags of kube-proxy, without the leading dashes.
    #[field(
        go = "ExtraArgsConfig",
        example = "
            proxy-mode: iptables
        "
    )]
    pub extra_args: Option<Map<String>>,
}
