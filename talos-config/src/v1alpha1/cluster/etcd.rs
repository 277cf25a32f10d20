//! etcd.

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;
use talos_pki::PemCertificateAndKey;

/// etcd, which runs on every control plane machine.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EtcdConfig")]
pub struct EtcdConfig {
    /// Image of etcd.
    #[field(
        go = "ContainerImage",
        default = "gcr.io/etcd-development/etcd:v3.5.10",
        example = "gcr.io/etcd-development/etcd:v3.5.10"
    )]
    pub image: String,
    /// Certificate authority of etcd: servers, peers and clients.
    #[field(
        go = "RootCA",
        emit = "always",
        secret = "redact",
        example = "
            crt: LS0tLS1CRUdJTi4uLg==
            key: LS0tLS1CRUdJTi4uLg==
        "
    )]
    pub ca: Option<Box<PemCertificateAndKey>>,
    /// Further flags of etcd, without the leading dashes.
    ///
    /// Flags that the system sets itself are refused: names, data, addresses of listeners, certificates.
    #[field(
        go = "EtcdExtraArgs",
        example = r#"
            election-timeout: "5000"
        "#
    )]
    pub extra_args: Option<Map<String>>,
    /// Network of the address that etcd announces, the older way to give one of `advertisedSubnets`.
    #[field(go = "EtcdSubnet", since = "0.13", deprecated = "1.2", hidden)]
    pub subnet: String,
    /// Networks of the address that etcd announces, in CIDR form; a leading `!` takes one out.
    ///
    /// Without a setting, it is the machine's first routable address.
    #[field(
        go = "EtcdAdvertisedSubnets",
        since = "1.2",
        example = "
            - 10.0.0.0/8
        "
    )]
    pub advertised_subnets: Option<Vec<String>>,
    /// Networks of the addresses that etcd listens on, in CIDR form; a leading `!` takes one out.
    ///
    /// Without a setting, they are those of `advertisedSubnets`, and without these all addresses.
    #[field(
        go = "EtcdListenSubnets",
        since = "1.2",
        example = "
            - 10.0.0.0/8
        "
    )]
    pub listen_subnets: Option<Vec<String>>,
}
