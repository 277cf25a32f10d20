//! Side by side with [`rcgen`]: tools built on it sign with our authorities and hand their keys to us.
//!
//! rcgen cannot express several values in one set of a name: it refuses an authority that has more than one
//! organization, and writes only the last of several roles. Certificates with roles are issued by
//! [`CertificateAuthority`] itself.

use rcgen::{PublicKeyData, SigningKey};

use crate::authority::CertificateAuthority;
use crate::key::{KeyAlgorithm, KeyPair, Problem, Signer};
use crate::random::{self, Random};

/// A key of ours as a signing key of rcgen. The private part stays where it is.
#[derive(Clone, Copy, Debug)]
pub struct Key<'k>(&'k KeyPair);

impl<'k> From<&'k KeyPair> for Key<'k> {
    fn from(key: &'k KeyPair) -> Self {
        Self(key)
    }
}

impl PublicKeyData for Key<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().key_bits()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match self.0.algorithm() {
            KeyAlgorithm::Ed25519 => &rcgen::PKCS_ED25519,
            KeyAlgorithm::EcdsaP256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyAlgorithm::EcdsaP384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyAlgorithm::EcdsaP521 => &rcgen::PKCS_ECDSA_P521_SHA512,
            KeyAlgorithm::Rsa => &rcgen::PKCS_RSA_SHA512,
        }
    }
}

impl SigningKey for Key<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let algorithm = self.0.algorithm().default_signature();
        self.0.sign(algorithm, message, &mut Unused).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

impl CertificateAuthority {
    /// The authority as an issuer of rcgen.
    ///
    /// # Errors
    /// When rcgen cannot read the certificate, for instance because its name has more than one organization.
    pub fn to_rcgen(&self) -> Result<rcgen::Issuer<'_, Key<'_>>, rcgen::Error> {
        rcgen::Issuer::from_ca_cert_der(&self.certificate().as_der().into(), Key(self.signer()))
    }
}

impl TryFrom<&rcgen::KeyPair> for KeyPair {
    type Error = Problem;

    /// Copies the private part. Keys rcgen holds only a handle of cannot be taken.
    fn try_from(key: &rcgen::KeyPair) -> Result<Self, Problem> {
        Self::from_pkcs8(key.serialized_der())
    }
}

/// Keys in memory draw nothing from here when they sign.
struct Unused;

impl Random for Unused {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), random::Error> {
        Err(random::Error::new("keys in memory do not draw randomness to sign"))
    }
}
