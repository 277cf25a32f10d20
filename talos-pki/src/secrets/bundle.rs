//! The bundle as data.

use std::fmt;

use zeroize::Zeroize;

use super::Certs;
use crate::pem::Hidden;

/// The content of `secrets.yaml`.
///
/// A part is `None` when the file does not have it (or says `null`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Identity of the cluster.
    pub cluster: Option<Cluster>,
    /// Kubernetes bootstrap token and encryption secret.
    pub secrets: Option<Secrets>,
    /// What machines show to trustd.
    pub trustd_info: Option<TrustdInfo>,
    /// Authorities and the service account key.
    pub certs: Option<Certs>,
}

/// Identity of the cluster, as the discovery service knows it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cluster {
    /// 32 random bytes in base64 for URLs (44 characters).
    pub id: String,
    /// 32 random bytes in standard base64 (44 characters): key of what members publish about themselves. Wiped on drop.
    pub secret: String,
}

/// Secrets of Kubernetes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// Token with which a kubelet joins: 6 characters, `.`, 16 characters of `0-9a-z`. Wiped on drop.
    pub bootstrap_token: String,
    /// Key of AES-CBC encryption in etcd: 32 random bytes in standard base64; empty if not used. Wiped on drop.
    pub aescbc_encryption_secret: String,
    /// Key of secretbox encryption in etcd: 32 random bytes in standard base64; empty if not used. Wiped on drop.
    pub secretbox_encryption_secret: String,
}

/// Secret of trustd.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TrustdInfo {
    /// Token with which a machine asks for its certificate, of the form of the bootstrap token. Wiped on drop.
    pub token: String,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        self.bootstrap_token.zeroize();
        self.aescbc_encryption_secret.zeroize();
        self.secretbox_encryption_secret.zeroize();
    }
}

impl Drop for TrustdInfo {
    fn drop(&mut self) {
        self.token.zeroize();
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("id", &self.id).field("secret", &Hidden(self.secret.is_empty())).finish()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("bootstrap_token", &Hidden(self.bootstrap_token.is_empty()))
            .field("aescbc_encryption_secret", &Hidden(self.aescbc_encryption_secret.is_empty()))
            .field("secretbox_encryption_secret", &Hidden(self.secretbox_encryption_secret.is_empty()))
            .finish()
    }
}

impl fmt::Debug for TrustdInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustdInfo").field("token", &Hidden(self.token.is_empty())).finish()
    }
}
