//! Private keys.

use std::fmt;

use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair,
};
use aws_lc_rs::{digest, rsa};
use zeroize::Zeroizing;

use super::encoding::{self, Curve, Material};
use super::{Error, KeyAlgorithm, KeyFamily, KeySpec, Problem, PublicKey, SignatureAlgorithm, Signer};
use crate::pem::{self, PemCertificateAndKey, PemKey, label};
use crate::random::Random;

/// A private key with its public half.
///
/// The cryptographic library keeps the private part and wipes it on drop; `Debug` shows the public half only.
pub struct KeyPair {
    private: Private,
    public: PublicKey,
}

/// Reads one container of keys.
type Reader = fn(&[u8]) -> Result<Material, Problem>;

enum Private {
    Ed25519(Ed25519KeyPair),
    Ecdsa(Curve, EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl KeyPair {
    /// Makes a new key.
    ///
    /// Ed25519 and ECDSA keys are made from `random` alone. The primes of an RSA key come from the random source of
    /// the cryptographic library, and a size of 4096 bits takes it about a second.
    ///
    /// # Errors
    /// [`Error::Random`] if the random source failed, [`Error::NotReproducible`] if a repeatable RSA key is asked for,
    /// [`Error::Generation`] if the cryptographic library failed.
    pub fn generate(spec: KeySpec, random: &mut dyn Random) -> Result<Self, Error> {
        match spec {
            KeySpec::Ed25519 => {
                let mut seed = Zeroizing::new([0; 32]);
                random.fill(&mut *seed).map_err(Error::Random)?;
                Self::from_material(Material::Ed25519(seed))
                    .map_err(|_| Error::Generation { family: KeyFamily::Ed25519 })
            }
            KeySpec::EcdsaP256 => Self::generate_p256(random),
            KeySpec::Rsa2048 => Self::generate_rsa(rsa::KeySize::Rsa2048, random),
            KeySpec::Rsa4096 => Self::generate_rsa(rsa::KeySize::Rsa4096, random),
        }
    }

    /// Draws numbers until one is below the order of the curve and not zero; all but one in 2³² are.
    fn generate_p256(random: &mut dyn Random) -> Result<Self, Error> {
        for _ in 0..64 {
            let mut number = Zeroizing::new(vec![0; 32]);
            random.fill(&mut number).map_err(Error::Random)?;
            if let Ok(pair) = Self::from_material(Material::Ecdsa(Curve::P256, number)) {
                return Ok(pair);
            }
        }
        Err(Error::Generation { family: KeyFamily::Ecdsa })
    }

    fn generate_rsa(size: rsa::KeySize, random: &mut dyn Random) -> Result<Self, Error> {
        if random.reproducible() {
            return Err(Error::NotReproducible { what: "a new RSA key" });
        }
        let failed = |_| Error::Generation { family: KeyFamily::Rsa };
        let pair = RsaKeyPair::generate(size).map_err(failed)?;
        Self::from_rsa(pair).map_err(|_| Error::Generation { family: KeyFamily::Rsa })
    }

    /// Reads the first PEM block of a text. Its label says how: `ED25519 PRIVATE KEY`, `EC PRIVATE KEY`,
    /// `RSA PRIVATE KEY`, or `PRIVATE KEY` for PKCS#8 with any of the three.
    ///
    /// # Errors
    /// [`Error::NoPemBlock`], [`Error::UnsupportedLabel`], [`Error::Malformed`] or [`Error::WrongKind`].
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let block = pem::decode(text).ok_or(Error::NoPemBlock)?;
        let (family, read): (_, Reader) = match &*block.label {
            label::RSA_PRIVATE_KEY => (KeyFamily::Rsa, encoding::read_pkcs1),
            label::ED25519_PRIVATE_KEY => (KeyFamily::Ed25519, encoding::read_pkcs8),
            label::EC_PRIVATE_KEY => (KeyFamily::Ecdsa, encoding::read_sec1),
            label::PRIVATE_KEY => {
                return Self::from_pkcs8(&block.contents).map_err(|problem| Error::MalformedPkcs8 { problem });
            }
            label => return Err(Error::UnsupportedLabel { label: label.to_owned(), bare: false }),
        };
        let material = read(&block.contents).map_err(|problem| Error::Malformed { family, problem })?;
        if family == KeyFamily::Ed25519 && !matches!(material, Material::Ed25519(_)) {
            return Err(Error::WrongKind);
        }
        Self::from_material(material).map_err(|problem| Error::Malformed { family, problem })
    }

    /// Reads the DER of a PKCS#8 container, version 0 or 1, of any kind of key.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, Problem> {
        let material = encoding::read_pkcs8(der)?;
        let kind = if matches!(material, Material::Rsa(_)) { "RSA" } else { "EC" };
        Self::from_material(material).map_err(|problem| Problem::Embedded { kind, problem: Box::new(problem) })
    }

    fn from_material(material: Material) -> Result<Self, Problem> {
        match material {
            Material::Ed25519(seed) => {
                let pair =
                    Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| Problem::Ed25519Length(seed.len()))?;
                let public = PublicKey::ed25519(pair.public_key().as_ref());
                Ok(Self { private: Private::Ed25519(pair), public })
            }
            Material::Ecdsa(curve, number) => {
                let der = encoding::write_sec1_number(&number);
                let pair = EcdsaKeyPair::from_private_key_der(signing(curve), &der).map_err(|_| Problem::EcValue)?;
                let public = PublicKey::ecdsa(curve, pair.public_key().as_ref());
                Ok(Self { private: Private::Ecdsa(curve, pair), public })
            }
            Material::Rsa(der) => {
                let pair = RsaKeyPair::from_der(&der).map_err(|_| Problem::RsaValue)?;
                Self::from_rsa(pair)
            }
        }
    }

    fn from_rsa(pair: RsaKeyPair) -> Result<Self, Problem> {
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| Problem::RsaValue)?;
        let public = PublicKey::from_spki(spki.as_ref());
        Ok(Self { private: Private::Rsa(pair), public })
    }

    /// What the key is.
    pub fn algorithm(&self) -> KeyAlgorithm {
        match &self.private {
            Private::Ed25519(_) => KeyAlgorithm::Ed25519,
            Private::Ecdsa(curve, _) => curve.algorithm(),
            Private::Rsa(_) => KeyAlgorithm::Rsa,
        }
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The private key as PEM, in the form the reference writes: PKCS#8 version 0 for Ed25519, SEC1 with the curve
    /// named for ECDSA, PKCS#1 for RSA.
    pub fn to_pem(&self) -> PemKey {
        let text = match &self.private {
            Private::Ed25519(pair) => {
                let seed = pair.seed().expect("the key was made from a seed");
                let seed = seed.as_be_bytes().expect("the key was made from a seed");
                pem::encode(label::ED25519_PRIVATE_KEY, &encoding::write_pkcs8_ed25519(seed.as_ref()))
            }
            Private::Ecdsa(curve, pair) => {
                let number = private_number(pair);
                let der = encoding::write_sec1(*curve, number.as_ref(), pair.public_key().as_ref());
                pem::encode(label::EC_PRIVATE_KEY, &der)
            }
            Private::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().expect("the library writes the keys it holds");
                let der = encoding::pkcs1_of_pkcs8(der.as_ref()).expect("the library writes PKCS#8");
                pem::encode(label::RSA_PRIVATE_KEY, der)
            }
        };
        PemKey::new(text)
    }
}

impl Signer for KeyPair {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, Error> {
        match &self.private {
            Private::Ed25519(pair) if algorithm == SignatureAlgorithm::Ed25519 => {
                Ok(pair.sign(message).as_ref().to_vec())
            }
            Private::Ecdsa(curve, pair) => {
                let hash = ecdsa_hash(algorithm).ok_or(Error::AlgorithmMismatch)?;
                let hash = digest::digest(hash, message);
                if random.reproducible() {
                    return reproducible_ecdsa(*curve, pair, algorithm, hash.as_ref());
                }
                sign_hash(*curve, pair, hash.as_ref())
            }
            Private::Rsa(pair) => {
                let padding = rsa_padding(algorithm).ok_or(Error::AlgorithmMismatch)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| Error::Signing { family: KeyFamily::Rsa })?;
                Ok(signature)
            }
            Private::Ed25519(_) => Err(Error::AlgorithmMismatch),
        }
    }
}

impl PemCertificateAndKey {
    /// Reads the key.
    ///
    /// # Errors
    /// As [`KeyPair::from_pem`].
    pub fn parse_key(&self) -> Result<KeyPair, Error> {
        KeyPair::from_pem(&self.key)
    }
}

impl PemKey {
    /// Reads the key.
    ///
    /// # Errors
    /// As [`KeyPair::from_pem`].
    pub fn parse(&self) -> Result<KeyPair, Error> {
        KeyPair::from_pem(&self.key).map_err(|error| match error {
            Error::UnsupportedLabel { label, .. } => Error::UnsupportedLabel { label, bare: true },
            error => error,
        })
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

fn signing(curve: Curve) -> &'static EcdsaSigningAlgorithm {
    match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        Curve::P384 => &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        Curve::P521 => &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
    }
}

fn ecdsa_hash(algorithm: SignatureAlgorithm) -> Option<&'static digest::Algorithm> {
    match algorithm {
        SignatureAlgorithm::EcdsaSha256 => Some(&digest::SHA256),
        SignatureAlgorithm::EcdsaSha384 => Some(&digest::SHA384),
        SignatureAlgorithm::EcdsaSha512 => Some(&digest::SHA512),
        _ => None,
    }
}

fn rsa_padding(algorithm: SignatureAlgorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        SignatureAlgorithm::RsaSha256 => Some(&signature::RSA_PKCS1_SHA256),
        SignatureAlgorithm::RsaSha384 => Some(&signature::RSA_PKCS1_SHA384),
        SignatureAlgorithm::RsaSha512 => Some(&signature::RSA_PKCS1_SHA512),
        _ => None,
    }
}

/// Signs a hash of any length. The library ties each curve to one hash, but ECDSA only looks at the leading bits of a
/// hash that is longer than the curve, and takes a shorter one as the number it is: cutting or padding on the left to
/// the expected length gives the same signature.
fn sign_hash(curve: Curve, pair: &EcdsaKeyPair, hash: &[u8]) -> Result<Vec<u8>, Error> {
    let expected = match curve {
        Curve::P256 => &digest::SHA256,
        Curve::P384 => &digest::SHA384,
        Curve::P521 => &digest::SHA512,
    };
    let failed = |_| Error::Signing { family: KeyFamily::Ecdsa };
    let length = expected.output_len();
    let mut fitted = vec![0; length.saturating_sub(hash.len())];
    fitted.extend_from_slice(&hash[..hash.len().min(length)]);
    let fitted = digest::Digest::import_less_safe(&fitted, expected).map_err(failed)?;
    Ok(pair.sign_digest(&fitted).map_err(failed)?.as_ref().to_vec())
}

fn private_number(pair: &EcdsaKeyPair) -> EcPrivateKeyBin<'static> {
    pair.private_key().as_be_bytes().expect("the library writes the keys it holds")
}

#[cfg(feature = "deterministic")]
fn reproducible_ecdsa(
    curve: Curve,
    pair: &EcdsaKeyPair,
    algorithm: SignatureAlgorithm,
    hash: &[u8],
) -> Result<Vec<u8>, Error> {
    if curve != Curve::P256 {
        return Err(Error::NotReproducible { what: "an ECDSA signature on another curve than P-256" });
    }
    crate::deterministic::sign_p256(private_number(pair).as_ref(), algorithm, hash)
        .ok_or(Error::Signing { family: KeyFamily::Ecdsa })
}

#[cfg(not(feature = "deterministic"))]
fn reproducible_ecdsa(_: Curve, _: &EcdsaKeyPair, _: SignatureAlgorithm, _: &[u8]) -> Result<Vec<u8>, Error> {
    Err(Error::NotReproducible { what: "an ECDSA signature without the feature `deterministic`" })
}
