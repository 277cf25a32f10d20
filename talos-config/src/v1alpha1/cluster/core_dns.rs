//! CoreDNS.

use talos_config_yaml::Section;

/// CoreDNS, the cluster's DNS server.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.CoreDNS")]
pub struct CoreDns {
    /// Do not install CoreDNS.
    #[field(go = "CoreDNSDisabled", since = "0.11", default = "false", example = "true")]
    pub disabled: Option<bool>,
    /// Image of CoreDNS.
    #[field(
        go = "CoreDNSImage",
        default = "registry.k8s.io/coredns/coredns:v1.10.1",
        example = "registry.k8s.io/coredns/coredns:v1.10.1"
    )]
    pub image: String,
}
