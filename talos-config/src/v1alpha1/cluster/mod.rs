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

/// Settings that all machines of a cluster share.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ClusterConfig")]
pub struct ClusterConfig {
    /// Identity of the cluster: 32 bytes in base64 for URLs.
    ///
    /// Machines find each other by it through the discovery service.
    #[field(
        go = "ClusterID",
        secret = "mask",
        since = "0.12",
        example = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    )]
    pub id: String,
    /// Secret of the cluster: 32 bytes in base64.
    ///
    /// It encrypts what machines tell each other through the discovery service.
    #[field(
        go = "ClusterSecret",
        secret = "redact",
        since = "0.12",
        example = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    )]
    pub secret: String,
    /// Where the control plane is reached.
    #[field(
        emit = "always",
        example = "
            endpoint: https://cp.example.org:6443
        "
    )]
    pub control_plane: Option<Box<ControlPlaneConfig>>,
    /// Name of the cluster.
    #[field(example = "production")]
    pub cluster_name: String,
    /// Networks of pods and services.
    #[field(
        go = "ClusterNetwork",
        example = "
            cni:
                name: flannel
            dnsDomain: cluster.local
            podSubnets:
                - 10.244.0.0/16
            serviceSubnets:
                - 10.96.0.0/12
        "
    )]
    pub network: Option<Box<ClusterNetworkConfig>>,
    /// Bootstrap token with which kubelets join, as `id.secret` (6 and 16 characters).
    #[field(go = "BootstrapToken", secret = "redact", example = "wlzjyw.bei2zfylhs2by0wd")]
    pub token: String,
    /// Key that encrypts secrets in etcd with AES-CBC: 32 bytes in base64.
    ///
    /// `secretboxEncryptionSecret` came after it; with both, new data is written with the latter.
    #[field(
        control_plane,
        go = "ClusterAESCBCEncryptionSecret",
        secret = "redact",
        example = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    )]
    pub aescbc_encryption_secret: String,
    /// Key that encrypts secrets in etcd with Secretbox: 32 bytes in base64.
    #[field(
        control_plane,
        go = "ClusterSecretboxEncryptionSecret",
        secret = "redact",
        since = "1.3",
        example = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    )]
    pub secretbox_encryption_secret: String,
    /// Certificate authority of the Kubernetes API.
    ///
    /// Control plane machines have certificate and key, workers the certificate alone.
    #[field(
        go = "ClusterCA",
        secret = "redact",
        example = "
            crt: LS0tLS1CRUdJTi4uLg==
            key: LS0tLS1CRUdJTi4uLg==
        "
    )]
    pub ca: Option<Box<PemCertificateAndKey>>,
    /// Certificate authority of the front proxy, behind which API servers of others stand.
    #[field(
        control_plane,
        key = "aggregatorCA",
        go = "ClusterAggregatorCA",
        secret = "redact",
        since = "0.9",
        example = "
            crt: LS0tLS1CRUdJTi4uLg==
            key: LS0tLS1CRUdJTi4uLg==
        "
    )]
    pub aggregator_ca: Option<Box<PemCertificateAndKey>>,
    /// Private key that signs the tokens of service accounts.
    #[field(
        control_plane,
        go = "ClusterServiceAccount",
        secret = "redact",
        since = "0.9",
        example = "
            key: LS0tLS1CRUdJTi4uLg==
        "
    )]
    pub service_account: Option<Box<PemKey>>,
    /// Settings of kube-apiserver.
    #[field(
        control_plane,
        go = "APIServerConfig",
        example = "
            image: registry.k8s.io/kube-apiserver:v1.28.3
            extraArgs:
                feature-gates: ServerSideApply=true
            certSANs:
                - 1.2.3.4
        "
    )]
    pub api_server: Option<Box<ApiServerConfig>>,
    /// Settings of kube-controller-manager.
    #[field(
        control_plane,
        go = "ControllerManagerConfig",
        example = "
            image: registry.k8s.io/kube-controller-manager:v1.28.3
            extraArgs:
                feature-gates: ServerSideApply=true
        "
    )]
    pub controller_manager: Option<Box<ControllerManagerConfig>>,
    /// Settings of kube-proxy.
    #[field(
        control_plane,
        go = "ProxyConfig",
        example = "
            image: registry.k8s.io/kube-proxy:v1.28.3
            mode: ipvs
        "
    )]
    pub proxy: Option<Box<ProxyConfig>>,
    /// Settings of kube-scheduler.
    #[field(
        control_plane,
        go = "SchedulerConfig",
        example = "
            image: registry.k8s.io/kube-scheduler:v1.28.3
            extraArgs:
                feature-gates: AllBeta=true
        "
    )]
    pub scheduler: Option<Box<SchedulerConfig>>,
    /// How machines of the cluster find each other.
    #[field(
        go = "ClusterDiscoveryConfig",
        since = "0.13",
        example = "
            enabled: true
            registries:
                kubernetes: {}
                service:
                    endpoint: https://discovery.talos.dev/
        "
    )]
    pub discovery: Option<Box<ClusterDiscoveryConfig>>,
    /// Settings of etcd.
    #[field(
        control_plane,
        go = "EtcdConfig",
        example = "
            image: gcr.io/etcd-development/etcd:v3.5.10
            ca:
                crt: LS0tLS1CRUdJTi4uLg==
                key: LS0tLS1CRUdJTi4uLg==
            advertisedSubnets:
                - 10.0.0.0/8
        "
    )]
    pub etcd: Option<Box<EtcdConfig>>,
    /// Settings of CoreDNS.
    #[field(
        control_plane,
        key = "coreDNS",
        go = "CoreDNSConfig",
        example = "
            image: registry.k8s.io/coredns/coredns:v1.10.1
        "
    )]
    pub core_dns: Option<Box<CoreDns>>,
    /// Use a cloud controller manager that runs on the cluster.
    #[field(
        control_plane,
        go = "ExternalCloudProviderConfig",
        since = "0.10",
        example = "
            enabled: true
            manifests:
                - https://example.org/cloud-controller.yaml
        "
    )]
    pub external_cloud_provider: Option<Box<ExternalCloudProviderConfig>>,
    /// URLs of manifests that are applied to the cluster.
    #[field(
        control_plane,
        emit = "omit_absent",
        example = "
            - https://example.org/manifest-1.yaml
            - https://example.org/manifest-2.yaml
        "
    )]
    pub extra_manifests: Option<Vec<String>>,
    /// HTTP headers of the requests for the manifests above.
    #[field(
        control_plane,
        secret = "mask",
        example = r#"
            Token: "1234567"
        "#
    )]
    pub extra_manifest_headers: Option<Map<String>>,
    /// Manifests that are applied to the cluster, given in the document.
    #[field(
        control_plane,
        go = "ClusterInlineManifests",
        type_name = "v1alpha1.ClusterInlineManifests",
        emit = "omit_absent",
        since = "0.10",
        example = "
            - name: namespace-ci
              contents: |-
                apiVersion: v1
                kind: Namespace
                metadata:
                  name: ci
        "
    )]
    pub inline_manifests: Option<Vec<ClusterInlineManifest>>,
    /// The kubeconfig that administrators download.
    #[field(
        control_plane,
        go = "AdminKubeconfigConfig",
        example = "
            certLifetime: 1h0m0s
        "
    )]
    pub admin_kubeconfig: Option<Box<AdminKubeconfigConfig>>,
    /// Let pods of users run on control plane machines, the older name of the key.
    #[field(control_plane, deprecated = "1.2", hidden)]
    pub allow_scheduling_on_masters: Option<bool>,
    /// Let pods of users run on control plane machines.
    #[field(control_plane, since = "1.2", default = "false", example = "true")]
    pub allow_scheduling_on_control_planes: Option<bool>,
}
