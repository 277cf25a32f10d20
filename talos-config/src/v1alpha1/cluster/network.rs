//! Network of pods and services.

use talos_config_yaml::Section;

/// Networks of pods and services.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ClusterNetworkConfig")]
pub struct ClusterNetworkConfig {
    /// Network plugin that is installed.
    #[field(
        control_plane,
        go = "CNI",
        example = "
            name: custom
            urls:
                - https://docs.projectcalico.org/archive/v3.20/manifests/canal.yaml
        "
    )]
    pub cni: Option<Box<CniConfig>>,
    /// Domain of the cluster's DNS.
    #[field(go = "DNSDomain", emit = "always", default = "cluster.local", example = "cluster.local")]
    pub dns_domain: String,
    /// Networks that pods get their addresses from, in CIDR form, at most one of each family.
    ///
    /// A patch replaces the list.
    #[field(
        go = "PodSubnet",
        emit = "always",
        merge = "replace",
        default = "10.244.0.0/16",
        example = "
            - 10.244.0.0/16
        "
    )]
    pub pod_subnets: Option<Vec<String>>,
    /// Networks that services get their addresses from, in CIDR form, at most one of each family.
    ///
    /// The first address is the Kubernetes API's, the tenth the DNS service's. A patch replaces the list.
    #[field(
        go = "ServiceSubnet",
        emit = "always",
        merge = "replace",
        default = "10.96.0.0/12",
        example = "
            - 10.96.0.0/12
        "
    )]
    pub service_subnets: Option<Vec<String>>,
}

/// The network plugin of a cluster.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.CNIConfig")]
pub struct CniConfig {
    /// Which plugin: the built-in one, manifests of your own, or none.
    #[field(go = "CNIName", default = "flannel", values("flannel", "custom", "none"), example = "custom")]
    pub name: String,
    /// URLs of the manifests of a `custom` plugin.
    #[field(
        go = "CNIUrls",
        example = "
            - https://docs.projectcalico.org/archive/v3.20/manifests/canal.yaml
        "
    )]
    pub urls: Option<Vec<String>>,
}
