//! Authorities of the bundle.

use crate::pem::{PemCertificateAndKey, PemKey};

/// Authorities of a cluster and its service account key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certs {
    /// Client pair of an administrator. Old bundles have it; it is kept, never generated.
    pub admin: Option<PemCertificateAndKey>,
    /// Authority of etcd.
    pub etcd: Option<PemCertificateAndKey>,
    /// Authority of Kubernetes.
    pub k8s: Option<PemCertificateAndKey>,
    /// Authority of the front proxy (aggregation layer). Absent up to contract v0.8.
    pub k8s_aggregator: Option<PemCertificateAndKey>,
    /// Key that signs service account tokens. Absent up to contract v0.8.
    pub k8s_service_account: Option<PemKey>,
    /// Authority of the Talos API.
    pub os: Option<PemCertificateAndKey>,
}
