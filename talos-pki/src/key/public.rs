//! Public keys.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use der::{Decode, asn1::AnyRef};
use x509_cert::spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

use super::encoding::Curve;
use super::{Error, KeyAlgorithm, SignatureAlgorithm};
use crate::fingerprint::Fingerprint;
use crate::pem::{self, label};

/// A public key: what a certificate certifies.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    spki: Vec<u8>,
    /// Where the key bits begin; they reach to the end.
    bits: usize,
    algorithm: Option<KeyAlgorithm>,
}

impl PublicKey {
    /// Takes the DER of a SubjectPublicKeyInfo. Keys of unknown kinds are kept; they cannot verify.
    pub(crate) fn from_spki(spki: &[u8]) -> Self {
        let info = SubjectPublicKeyInfoRef::from_der(spki).ok();
        let bits = info.as_ref().map_or(0, |info| spki.len() - info.subject_public_key.raw_bytes().len());
        let algorithm = info.and_then(|info| {
            let curve = info
                .algorithm
                .parameters
                .and_then(|parameters: AnyRef<'_>| parameters.decode_as::<ObjectIdentifier>().ok());
            match (info.algorithm.oid, curve) {
                (oid::ED25519, None) => Some(KeyAlgorithm::Ed25519),
                (oid::RSA, _) => Some(KeyAlgorithm::Rsa),
                (oid::EC, Some(oid::P256)) => Some(KeyAlgorithm::EcdsaP256),
                (oid::EC, Some(oid::P384)) => Some(KeyAlgorithm::EcdsaP384),
                (oid::EC, Some(oid::P521)) => Some(KeyAlgorithm::EcdsaP521),
                _ => None,
            }
        });
        Self { spki: spki.to_vec(), bits, algorithm }
    }

    /// Wraps the 32 bytes of an Ed25519 key.
    pub(super) fn ed25519(bits: &[u8]) -> Self {
        Self::new(BEFORE_ED25519_BITS, bits, KeyAlgorithm::Ed25519)
    }

    /// Wraps the uncompressed point of an ECDSA key.
    pub(super) fn ecdsa(curve: Curve, point: &[u8]) -> Self {
        let before = match curve {
            Curve::P256 => BEFORE_P256_POINT,
            Curve::P384 => BEFORE_P384_POINT,
            Curve::P521 => BEFORE_P521_POINT,
        };
        Self::new(before, point, curve.algorithm())
    }

    fn new(before: &[u8], bits: &[u8], algorithm: KeyAlgorithm) -> Self {
        Self { spki: [before, bits].concat(), bits: before.len(), algorithm: Some(algorithm) }
    }

    /// What the key is; `None` for kinds that cannot be used here.
    pub fn algorithm(&self) -> Option<KeyAlgorithm> {
        self.algorithm
    }

    /// DER of the SubjectPublicKeyInfo.
    pub fn as_der(&self) -> &[u8] {
        &self.spki
    }

    /// The key bits within it.
    pub(crate) fn key_bits(&self) -> &[u8] {
        &self.spki[self.bits..]
    }

    /// PEM with the label of the kind: `ED25519 PUBLIC KEY`, `EC PUBLIC KEY` or `PUBLIC KEY`.
    pub fn to_pem(&self) -> Vec<u8> {
        let label = match self.algorithm {
            Some(KeyAlgorithm::Ed25519) => label::ED25519_PUBLIC_KEY,
            Some(KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521) => label::EC_PUBLIC_KEY,
            Some(KeyAlgorithm::Rsa) | None => label::PUBLIC_KEY,
        };
        pem::encode(label, &self.spki)
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(digest::digest(&digest::SHA256, &self.spki).as_ref())
    }

    /// SHA-1 of the key bits (RFC 5280 §4.2.1.2, method 1): the identifier authorities carry, 20 bytes.
    pub(crate) fn identifier(&self) -> [u8; 20] {
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.key_bits());
        digest.as_ref().try_into().expect("SHA-1 has 20 bytes")
    }

    /// Checks a signature of this key. ECDSA signatures are DER, the others raw bytes.
    ///
    /// # Errors
    /// [`Error::CannotVerify`] if key and algorithm do not fit, [`Error::BadSignature`] if the signature is not one of
    /// this key over the message.
    pub fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let key = self.algorithm.ok_or(Error::CannotVerify)?;
        let verification = verification(key, algorithm).ok_or(Error::CannotVerify)?;
        UnparsedPublicKey::new(verification, &self.spki)
            .verify(message, signature)
            .map_err(|_| Error::BadSignature { family: key.family() })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("algorithm", &self.algorithm)
            .field("fingerprint", &self.fingerprint())
            .finish()
    }
}

fn verification(key: KeyAlgorithm, algorithm: SignatureAlgorithm) -> Option<&'static dyn VerificationAlgorithm> {
    use KeyAlgorithm as Key;
    use SignatureAlgorithm as Signature;
    Some(match (key, algorithm) {
        (Key::Ed25519, Signature::Ed25519) => &signature::ED25519,
        (Key::EcdsaP256, Signature::EcdsaSha256) => &signature::ECDSA_P256_SHA256_ASN1,
        (Key::EcdsaP256, Signature::EcdsaSha384) => &signature::ECDSA_P256_SHA384_ASN1,
        (Key::EcdsaP256, Signature::EcdsaSha512) => &signature::ECDSA_P256_SHA512_ASN1,
        (Key::EcdsaP384, Signature::EcdsaSha256) => &signature::ECDSA_P384_SHA256_ASN1,
        (Key::EcdsaP384, Signature::EcdsaSha384) => &signature::ECDSA_P384_SHA384_ASN1,
        (Key::EcdsaP384, Signature::EcdsaSha512) => &signature::ECDSA_P384_SHA512_ASN1,
        (Key::EcdsaP521, Signature::EcdsaSha256) => &signature::ECDSA_P521_SHA256_ASN1,
        (Key::EcdsaP521, Signature::EcdsaSha384) => &signature::ECDSA_P521_SHA384_ASN1,
        (Key::EcdsaP521, Signature::EcdsaSha512) => &signature::ECDSA_P521_SHA512_ASN1,
        (Key::Rsa, Signature::RsaSha256) => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (Key::Rsa, Signature::RsaSha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (Key::Rsa, Signature::RsaSha512) => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        _ => return None,
    })
}

// SubjectPublicKeyInfo up to the key bits, which always have the same length for a kind of key.
const BEFORE_ED25519_BITS: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const BEFORE_P256_POINT: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const BEFORE_P384_POINT: &[u8] = &[
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
    0x22, 0x03, 0x62, 0x00,
];
const BEFORE_P521_POINT: &[u8] = &[
    0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04,
    0x00, 0x23, 0x03, 0x81, 0x86, 0x00,
];

/// Object identifiers of keys and curves.
pub(super) mod oid {
    use x509_cert::spki::ObjectIdentifier;

    pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
    pub(crate) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
    pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
    pub(crate) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
    pub(crate) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
    pub(crate) const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
}
