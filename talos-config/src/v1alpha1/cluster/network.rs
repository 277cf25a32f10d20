//! Network of pods and services.

use talos_config_yaml::Section;

/// `ClusterNetworkConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ClusterNetworkConfig")]
pub struct ClusterNetworkConfig {
    /// `cni`.
    #[field(go = "CNI")]
    pub cni: Option<Box<CniConfig>>,
    /// `dnsDomain`.
    #[field(go = "DNSDomain", emit = "always")]
    pub dns_domain: String,
    /// `podSubnets`.
    #[field(go = "PodSubnet", emit = "always", merge = "replace")]
    pub pod_subnets: Option<Vec<String>>,
    /// `serviceSubnets`.
    #[field(go = "ServiceSubnet", emit = "always", merge = "replace")]
    pub service_subnets: Option<Vec<String>>,
}

/// `CNIConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.CNIConfig")]
pub struct CniConfig {
    /// `name`.
    #[field(go = "CNIName")]
    pub name: String,
    /// `urls`.
    #[field(go = "CNIUrls")]
    pub urls: Option<Vec<String>>,
}
