//! PEM text, read and written by the rules of the reference, and the pairs that configurations carry.
//!
//! Bytes stay as they came: a certificate read from a file keeps everything around its PEM block.

use std::fmt;

use zeroize::Zeroize;

/// A certificate and its private key, each the bytes of a PEM text.
///
/// Configurations and the secrets bundle write both as base64 of the whole text. An absent half is empty: a worker's
/// authority has no key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PemCertificateAndKey {
    /// Certificate, label `CERTIFICATE`.
    pub crt: Vec<u8>,
    /// Private key, one of the labels of [`label`]. Wiped on drop.
    pub key: Vec<u8>,
}

impl PemCertificateAndKey {
    /// Pairs a certificate with its key.
    pub fn new(crt: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { crt: crt.into(), key: key.into() }
    }

    /// The certificate alone, as workers get it: the key is empty.
    pub fn without_key(&self) -> Self {
        Self { crt: self.crt.clone(), key: Vec::new() }
    }
}

impl Drop for PemCertificateAndKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl fmt::Debug for PemCertificateAndKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PemCertificateAndKey")
            .field("crt", &String::from_utf8_lossy(&self.crt))
            .field("key", &Hidden(self.key.is_empty()))
            .finish()
    }
}

/// A private key without a certificate, the bytes of a PEM text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PemKey {
    /// Private key, one of the labels of [`label`]. Wiped on drop.
    pub key: Vec<u8>,
}

impl PemKey {
    /// Wraps the PEM text of a key.
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into() }
    }
}

impl Drop for PemKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl fmt::Debug for PemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PemKey").field("key", &Hidden(self.key.is_empty())).finish()
    }
}

/// The labels of PEM blocks.
pub mod label {
    /// X.509 certificate.
    pub const CERTIFICATE: &str = "CERTIFICATE";
    /// PKCS#10 request.
    pub const CERTIFICATE_REQUEST: &str = "CERTIFICATE REQUEST";
    /// Ed25519 key as PKCS#8, 48 bytes.
    pub const ED25519_PRIVATE_KEY: &str = "ED25519 PRIVATE KEY";
    /// Public half of an Ed25519 key, SubjectPublicKeyInfo.
    pub const ED25519_PUBLIC_KEY: &str = "ED25519 PUBLIC KEY";
    /// ECDSA key as SEC1 with the curve named.
    pub const EC_PRIVATE_KEY: &str = "EC PRIVATE KEY";
    /// Public half of an ECDSA key, SubjectPublicKeyInfo.
    pub const EC_PUBLIC_KEY: &str = "EC PUBLIC KEY";
    /// RSA key as PKCS#1.
    pub const RSA_PRIVATE_KEY: &str = "RSA PRIVATE KEY";
    /// Any key as PKCS#8: read, never written.
    pub const PRIVATE_KEY: &str = "PRIVATE KEY";
    /// Public half of an RSA key, SubjectPublicKeyInfo.
    pub const PUBLIC_KEY: &str = "PUBLIC KEY";
}

/// Shows that a secret is there without showing it.
pub(crate) struct Hidden(pub(crate) bool);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "<empty>" } else { "<hidden>" })
    }
}
