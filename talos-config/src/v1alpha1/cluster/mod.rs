//! Everything that all machines of a cluster share: `cluster` in the document.

mod admin_kubeconfig;
mod api_server;
mod control_plane;
mod controller_manager;
mod core_dns;
mod discovery;
mod etcd;
mod external_cloud_provider;
mod inline_manifest;
mod network;
mod proxy;
mod resources;
mod scheduler;
mod volume_mount;

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;
use talos_pki::{PemCertificateAndKey, PemKey};

pub use self::admin_kubeconfig::AdminKubeconfigConfig;
pub use self::api_server::{AdmissionPluginConfig, ApiServerConfig};
pub use self::control_plane::ControlPlaneConfig;
pub use self::controller_manager::ControllerManagerConfig;
pub use self::core_dns::CoreDns;
pub use self::discovery::{
    ClusterDiscoveryConfig, DiscoveryRegistriesConfig, RegistryKubernetesConfig, RegistryServiceConfig,
};
pub use self::etcd::EtcdConfig;
pub use self::external_cloud_provider::ExternalCloudProviderConfig;
pub use self::inline_manifest::ClusterInlineManifest;
pub use self::network::{ClusterNetworkConfig, CniConfig};
pub use self::proxy::ProxyConfig;
pub use self::resources::ResourcesConfig;
pub use self::scheduler::SchedulerConfig;
pub use self::volume_mount::VolumeMountConfig;

/// `ClusterConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ClusterConfig")]
pub struct ClusterConfig {
    /// `id`.
    #[field(go = "ClusterID", secret = "mask", since = "0.12")]
    pub id: String,
    /// `secret`.
    #[field(go = "ClusterSecret", secret = "redact", since = "0.12")]
    pub secret: String,
    /// `controlPlane`.
    #[field(emit = "always")]
    pub control_plane: Option<Box<ControlPlaneConfig>>,
    /// `clusterName`.
    pub cluster_name: String,
    /// `network`.
    #[field(go = "ClusterNetwork")]
    pub network: Option<Box<ClusterNetworkConfig>>,
    /// `token`.
    #[field(go = "BootstrapToken", secret = "redact")]
    pub token: String,
    /// `aescbcEncryptionSecret`.
    #[field(go = "ClusterAESCBCEncryptionSecret", secret = "redact")]
    pub aescbc_encryption_secret: String,
    /// `secretboxEncryptionSecret`.
    #[field(go = "ClusterSecretboxEncryptionSecret", secret = "redact", since = "1.3")]
    pub secretbox_encryption_secret: String,
    /// `ca`.
    #[field(go = "ClusterCA", secret = "redact")]
    pub ca: Option<Box<PemCertificateAndKey>>,
    /// `aggregatorCA`.
    #[field(key = "aggregatorCA", go = "ClusterAggregatorCA", secret = "redact", since = "0.9")]
    pub aggregator_ca: Option<Box<PemCertificateAndKey>>,
    /// `serviceAccount`.
    #[field(go = "ClusterServiceAccount", secret = "redact", since = "0.9")]
    pub service_account: Option<Box<PemKey>>,
    /// `apiServer`.
    #[field(go = "APIServerConfig")]
    pub api_server: Option<Box<ApiServerConfig>>,
    /// `controllerManager`.
    #[field(go = "ControllerManagerConfig")]
    pub controller_manager: Option<Box<ControllerManagerConfig>>,
    /// `proxy`.
    #[field(go = "ProxyConfig")]
    pub proxy: Option<Box<ProxyConfig>>,
    /// `scheduler`.
    #[field(go = "SchedulerConfig")]
    pub scheduler: Option<Box<SchedulerConfig>>,
    /// `discovery`.
    #[field(go = "ClusterDiscoveryConfig", since = "0.13")]
    pub discovery: Option<Box<ClusterDiscoveryConfig>>,
    /// `etcd`.
    #[field(go = "EtcdConfig")]
    pub etcd: Option<Box<EtcdConfig>>,
    /// `coreDNS`.
    #[field(key = "coreDNS", go = "CoreDNSConfig")]
    pub core_dns: Option<Box<CoreDns>>,
    /// `externalCloudProvider`.
    #[field(go = "ExternalCloudProviderConfig", since = "0.10")]
    pub external_cloud_provider: Option<Box<ExternalCloudProviderConfig>>,
    /// `extraManifests`.
    #[field(emit = "omit_absent")]
    pub extra_manifests: Option<Vec<String>>,
    /// `extraManifestHeaders`.
    #[field(secret = "mask")]
    pub extra_manifest_headers: Option<Map<String>>,
    /// `inlineManifests`.
    #[field(
        go = "ClusterInlineManifests",
        type_name = "v1alpha1.ClusterInlineManifests",
        emit = "omit_absent",
        since = "0.10"
    )]
    pub inline_manifests: Option<Vec<ClusterInlineManifest>>,
    /// `adminKubeconfig`.
    #[field(go = "AdminKubeconfigConfig")]
    pub admin_kubeconfig: Option<Box<AdminKubeconfigConfig>>,
    /// `allowSchedulingOnMasters`.
    #[field(deprecated = "1.2", hidden)]
    pub allow_scheduling_on_masters: Option<bool>,
    /// `allowSchedulingOnControlPlanes`.
    #[field(since = "1.2")]
    pub allow_scheduling_on_control_planes: Option<bool>,
}
