//! etcd.

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;
use talos_pki::PemCertificateAndKey;

/// `EtcdConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EtcdConfig")]
pub struct EtcdConfig {
    /// `image`.
    #[field(go = "ContainerImage")]
    pub image: String,
    /// `ca`.
    #[field(go = "RootCA", emit = "always", secret = "redact")]
    pub ca: Option<Box<PemCertificateAndKey>>,
    /// `extraArgs`.
    #[field(go = "EtcdExtraArgs")]
    pub extra_args: Option<Map<String>>,
    /// `subnet`.
    #[field(go = "EtcdSubnet", since = "0.13", deprecated = "1.2", hidden)]
    pub subnet: String,
    /// `advertisedSubnets`.
    #[field(go = "EtcdAdvertisedSubnets", since = "1.2")]
    pub advertised_subnets: Option<Vec<String>>,
    /// `listenSubnets`.
    #[field(go = "EtcdListenSubnets", since = "1.2")]
    pub listen_subnets: Option<Vec<String>>,
}
