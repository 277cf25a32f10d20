//! Keys: kinds, encodings, generation, signatures.
//!
//! The kinds are always there, so that options can name them; what holds or uses a key needs the feature `issue`.

#[cfg(feature = "issue")]
mod encoding;
#[cfg(feature = "issue")]
mod error;
#[cfg(feature = "issue")]
mod pair;
#[cfg(feature = "issue")]
mod public;
#[cfg(feature = "issue")]
mod signer;

#[cfg(feature = "issue")]
pub use error::{Error, Problem};
#[cfg(feature = "issue")]
pub use pair::KeyPair;
#[cfg(feature = "issue")]
pub use public::PublicKey;
#[cfg(feature = "issue")]
pub use signer::Signer;

/// A kind of key that can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeySpec {
    /// Ed25519.
    Ed25519,
    /// ECDSA on the curve P-256.
    EcdsaP256,
    /// RSA with a modulus of 2048 bits and exponent 65537.
    Rsa2048,
    /// RSA with a modulus of 4096 bits and exponent 65537.
    Rsa4096,
}

/// How a certificate or request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// Ed25519.
    Ed25519,
    /// ECDSA over SHA-256.
    EcdsaSha256,
    /// ECDSA over SHA-384.
    EcdsaSha384,
    /// ECDSA over SHA-512.
    EcdsaSha512,
    /// RSA PKCS#1 v1.5 over SHA-256.
    RsaSha256,
    /// RSA PKCS#1 v1.5 over SHA-384.
    RsaSha384,
    /// RSA PKCS#1 v1.5 over SHA-512.
    RsaSha512,
}

impl SignatureAlgorithm {
    /// The key the reference makes for this signature: Ed25519, P-256 or RSA 4096.
    pub fn key_spec(self) -> KeySpec {
        match self.family() {
            KeyFamily::Ed25519 => KeySpec::Ed25519,
            KeyFamily::Ecdsa => KeySpec::EcdsaP256,
            KeyFamily::Rsa => KeySpec::Rsa4096,
        }
    }

    /// The family of keys that can sign so.
    pub fn family(self) -> KeyFamily {
        match self {
            Self::Ed25519 => KeyFamily::Ed25519,
            Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512 => KeyFamily::Ecdsa,
            Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => KeyFamily::Rsa,
        }
    }
}

/// Keys that share signature algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyFamily {
    /// Ed25519.
    Ed25519,
    /// ECDSA on any curve.
    Ecdsa,
    /// RSA of any size.
    Rsa,
}

impl std::fmt::Display for KeyFamily {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ed25519 => "Ed25519",
            Self::Ecdsa => "ECDSA",
            Self::Rsa => "RSA",
        })
    }
}

/// What a key is, with its curve or size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256.
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// ECDSA on P-521.
    EcdsaP521,
    /// RSA.
    Rsa,
}

impl KeyAlgorithm {
    /// The family of the key.
    pub fn family(self) -> KeyFamily {
        match self {
            Self::Ed25519 => KeyFamily::Ed25519,
            Self::EcdsaP256 | Self::EcdsaP384 | Self::EcdsaP521 => KeyFamily::Ecdsa,
            Self::Rsa => KeyFamily::Rsa,
        }
    }

    /// The signature with which the owner of the key signs a request.
    pub fn default_signature(self) -> SignatureAlgorithm {
        match self {
            Self::Ed25519 => SignatureAlgorithm::Ed25519,
            Self::EcdsaP256 => SignatureAlgorithm::EcdsaSha256,
            Self::EcdsaP384 => SignatureAlgorithm::EcdsaSha384,
            Self::EcdsaP521 => SignatureAlgorithm::EcdsaSha512,
            Self::Rsa => SignatureAlgorithm::RsaSha512,
        }
    }
}
