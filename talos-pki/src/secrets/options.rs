//! What a new bundle consists of.

use crate::key::{KeySpec, SignatureAlgorithm};

/// What a new bundle consists of. It depends on the version of Talos the cluster is made for.
///
/// The default is what Talos 1.5 makes. Older and newer versions differ so:
///
/// | Version | Difference |
/// |---|---|
/// | 0.8 and before | `authorities` RSA-SHA512, no `aggregator`, no `service_account` |
/// | 0.9 to 0.12 | `authorities` and `aggregator` ECDSA-SHA512 |
/// | up to 1.2 | `encryption` AES-CBC |
/// | 1.7 and after | `service_account` RSA 4096 |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How the authorities of etcd and Kubernetes sign themselves; their keys follow. Default: ECDSA-SHA256.
    pub authorities: SignatureAlgorithm,
    /// How the authority of the front proxy signs itself, `None` for no such authority. Default: ECDSA-SHA256.
    pub aggregator: Option<SignatureAlgorithm>,
    /// Kind of the key that signs service account tokens, `None` for no such key. Default: ECDSA P-256.
    pub service_account: Option<KeySpec>,
    /// Which secret encrypts what Kubernetes keeps in etcd. Default: secretbox.
    pub encryption: EncryptionSecret,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            authorities: SignatureAlgorithm::EcdsaSha256,
            aggregator: Some(SignatureAlgorithm::EcdsaSha256),
            service_account: Some(KeySpec::EcdsaP256),
            encryption: EncryptionSecret::Secretbox,
        }
    }
}

/// The two ways of encrypting Kubernetes secrets in etcd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EncryptionSecret {
    /// AES in CBC mode.
    AesCbc,
    /// XSalsa20 and Poly1305.
    Secretbox,
}
