//! The kubelet of a machine.

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;
use talos_config_yaml::free_form::FreeForm;

/// The kubelet of a machine.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KubeletConfig")]
pub struct KubeletConfig {
    /// Image of the kubelet; its tag is the Kubernetes version of the machine.
    #[field(
        go = "KubeletImage",
        default = "ghcr.io/siderolabs/kubelet:v1.28.3",
        example = "ghcr.io/siderolabs/kubelet:v1.28.3"
    )]
    pub image: String,
    /// Addresses of the DNS service that pods use.
    ///
    /// Default is the tenth address of each network of services (`cluster.network.serviceSubnets`).
    #[field(
        key = "clusterDNS",
        go = "KubeletClusterDNS",
        since = "0.12",
        example = "
            - 10.96.0.10
            - 169.254.2.53
        "
    )]
    pub cluster_dns: Option<Vec<String>>,
    /// Further flags of the kubelet, without the leading dashes.
    #[field(
        go = "KubeletExtraArgs",
        example = "
            node-labels: example.org/pool=batch
        "
    )]
    pub extra_args: Option<Map<String>>,
    /// Directories of the host that the kubelet's container gets besides its own.
    #[field(
        go = "KubeletExtraMounts",
        example = "
            - destination: /var/lib/example
              type: bind
              source: /var/lib/example
              options:
                - bind
                - rshared
                - rw
        "
    )]
    pub extra_mounts: Option<Vec<ExtraMount>>,
    /// Fields of the kubelet's own configuration file, put over what the system writes.
    ///
    /// Fields that the system needs for itself are refused, such as `apiVersion`, `authentication`, `authorization`,
    /// `port` and `staticPodPath`.
    #[field(
        go = "KubeletExtraConfig",
        since = "1.0",
        example = "
            serverTLSBootstrap: true
        "
    )]
    pub extra_config: Option<FreeForm>,
    /// Give pods without a seccomp profile the profile of the container runtime.
    #[field(go = "KubeletDefaultRuntimeSeccompProfileEnabled", since = "1.2", default = "false", example = "true")]
    pub default_runtime_seccomp_profile_enabled: Option<bool>,
    /// Register the node under its full name instead of the short host name.
    #[field(
        key = "registerWithFQDN",
        go = "KubeletRegisterWithFQDN",
        since = "0.9",
        default = "false",
        example = "true"
    )]
    pub register_with_fqdn: Option<bool>,
    /// How the kubelet chooses the node's address.
    #[field(
        key = "nodeIP",
        go = "KubeletNodeIP",
        since = "0.13",
        example = "
            validSubnets:
                - 10.0.0.0/8
                - '!10.0.0.3/32'
        "
    )]
    pub node_ip: Option<Box<KubeletNodeIpConfig>>,
    /// Run the kubelet without an API server: static pods only, no node object.
    #[field(go = "KubeletSkipNodeRegistration", since = "1.2", default = "false", example = "true")]
    pub skip_node_registration: Option<bool>,
    /// Do not read static pods from `/etc/kubernetes/manifests`.
    ///
    /// Static pods then come from `machine.pods` alone.
    #[field(go = "KubeletDisableManifestsDirectory", since = "1.3", default = "false", example = "true")]
    pub disable_manifests_directory: Option<bool>,
}

/// Choice of the node's address.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KubeletNodeIPConfig")]
pub struct KubeletNodeIpConfig {
    /// Networks that the node's address may be in, in CIDR form; a leading `!` takes a network out.
    ///
    /// Without a setting, a machine's first address counts that is in none of the networks of pods and services. For
    /// both families, give a network of each.
    #[field(
        go = "KubeletNodeIPValidSubnets",
        since = "0.13",
        example = "
            - 10.0.0.0/8
            - '!10.0.0.3/32'
            - fdc7::/16
        "
    )]
    pub valid_subnets: Option<Vec<String>>,
}

/// A mount in the kubelet's container, as the OCI runtime specification has it.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ExtraMount")]
pub struct ExtraMount {
    /// Path in the container.
    #[field(emit = "always", example = "/var/lib/example")]
    pub destination: String,
    /// Kind of the mount.
    #[field(emit = "always", example = "bind")]
    pub r#type: String,
    /// Path on the host.
    #[field(emit = "always", example = "/var/lib/example")]
    pub source: String,
    /// Options of the mount; `bind` or `rbind` must be one of them.
    #[field(
        emit = "always",
        example = "
            - bind
            - rshared
            - rw
        "
    )]
    pub options: Option<Vec<String>>,
}
