//! The bundle as data.

use talos_config_yaml::Section;
use zeroize::Zeroize;

use super::Certs;

/// The content of `secrets.yaml`.
///
/// A part is `None` when the file does not have it (or says `null`).
#[derive(Clone, Default, PartialEq, Eq, Section)]
#[section(go = "secrets.Bundle")]
pub struct Bundle {
    /// Identity of the cluster.
    #[field(key = "cluster", emit = "always")]
    pub cluster: Option<Cluster>,
    /// Kubernetes bootstrap token and encryption secret.
    #[field(key = "secrets", emit = "always")]
    pub secrets: Option<Secrets>,
    /// What machines show to trustd.
    #[field(key = "trustdinfo", emit = "always")]
    pub trustd_info: Option<TrustdInfo>,
    /// Authorities and the service account key.
    #[field(key = "certs", emit = "always")]
    pub certs: Option<Certs>,
}

/// Identity of the cluster, as the discovery service knows it.
#[derive(Clone, Default, PartialEq, Eq, Section)]
#[section(go = "secrets.Cluster")]
pub struct Cluster {
    /// 32 random bytes in base64 for URLs (44 characters).
    #[field(key = "id", emit = "always")]
    pub id: String,
    /// 32 random bytes in standard base64 (44 characters): key of what members publish about themselves. Wiped on drop.
    #[field(key = "secret", emit = "always", secret = "redact")]
    pub secret: String,
}

/// Secrets of Kubernetes.
#[derive(Clone, Default, PartialEq, Eq, Section)]
#[section(go = "secrets.Secrets")]
pub struct Secrets {
    /// Token with which a kubelet joins: 6 characters, `.`, 16 characters of `0-9a-z`. Wiped on drop.
    #[field(key = "bootstraptoken", emit = "always", secret = "redact")]
    pub bootstrap_token: String,
    /// Key of AES-CBC encryption in etcd: 32 random bytes in standard base64; empty if not used. Wiped on drop.
    #[field(key = "aescbcencryptionsecret", secret = "redact")]
    pub aescbc_encryption_secret: String,
    /// Key of secretbox encryption in etcd: 32 random bytes in standard base64; empty if not used. Wiped on drop.
    #[field(key = "secretboxencryptionsecret", secret = "redact")]
    pub secretbox_encryption_secret: String,
}

/// Secret of trustd.
#[derive(Clone, Default, PartialEq, Eq, Section)]
#[section(go = "secrets.TrustdInfo")]
pub struct TrustdInfo {
    /// Token with which a machine asks for its certificate, of the form of the bootstrap token. Wiped on drop.
    #[field(key = "token", emit = "always", secret = "redact")]
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
