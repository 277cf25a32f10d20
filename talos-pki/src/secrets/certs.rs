//! Authorities of the bundle.

use talos_config_yaml::Section;

use crate::pem::{PemCertificateAndKey, PemKey};

/// Authorities of a cluster and its service account key.
#[derive(Clone, Default, PartialEq, Eq, Section)]
#[section(go = "secrets.Certs")]
pub struct Certs {
    /// Client pair of an administrator. Old bundles have it; it is kept, never generated.
    #[field(key = "admin", secret = "redact")]
    pub admin: Option<PemCertificateAndKey>,
    /// Authority of etcd.
    #[field(key = "etcd", emit = "always", secret = "redact")]
    pub etcd: Option<PemCertificateAndKey>,
    /// Authority of Kubernetes.
    #[field(key = "k8s", emit = "always", secret = "redact")]
    pub k8s: Option<PemCertificateAndKey>,
    /// Authority of the front proxy (aggregation layer). Absent up to contract v0.8.
    #[field(key = "k8saggregator", emit = "always", secret = "redact")]
    pub k8s_aggregator: Option<PemCertificateAndKey>,
    /// Key that signs service account tokens. Absent up to contract v0.8.
    #[field(key = "k8sserviceaccount", emit = "always", secret = "redact")]
    pub k8s_service_account: Option<PemKey>,
    /// Authority of the Talos API.
    #[field(key = "os", emit = "always", secret = "redact")]
    pub os: Option<PemCertificateAndKey>,
}
