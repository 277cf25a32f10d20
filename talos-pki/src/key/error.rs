//! Why a key cannot be read, made or used.

use super::KeyFamily;
use crate::random;

/// Why a key cannot be read, made or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text holds no PEM block.
    #[error("failed to parse PEM block")]
    NoPemBlock,
    /// The label of the PEM block is not one of a private key.
    #[error("unsupported key type{}{label:?}", if *.bare { " " } else { ": " })]
    UnsupportedLabel {
        /// The label found.
        label: String,
        /// Whether the key stood alone and not beside a certificate; the two say it a little differently.
        bare: bool,
    },
    /// The content of the PEM block is not a key of the kind its label names.
    #[error("failed to parse {family} key")]
    Malformed {
        /// The kind the label names.
        family: KeyFamily,
        /// What is wrong.
        #[source]
        problem: Problem,
    },
    /// The content of a `PRIVATE KEY` block is not PKCS#8 with a kind of key that is known.
    #[error("failed to parse PKCS#8 key")]
    MalformedPkcs8 {
        /// What is wrong.
        #[source]
        problem: Problem,
    },
    /// The label says Ed25519 and the content is another kind of key.
    #[error("failed parsing Ed25519 key, got wrong key type")]
    WrongKind,
    /// The key cannot sign with this algorithm.
    #[error("x509: requested SignatureAlgorithm does not match private key type")]
    AlgorithmMismatch,
    /// The public key is of a kind that cannot verify this signature.
    #[error("x509: cannot verify signature: algorithm unimplemented")]
    CannotVerify,
    /// The signature is not one of this key over this message.
    #[error("{}", match .family {
        KeyFamily::Ed25519 => "x509: Ed25519 verification failure",
        KeyFamily::Ecdsa => "x509: ECDSA verification failure",
        KeyFamily::Rsa => "crypto/rsa: verification error",
    })]
    BadSignature {
        /// Family of the key.
        family: KeyFamily,
    },
    /// The random source failed.
    #[error("could not draw a new key")]
    Random(#[source] random::Error),
    /// The cryptographic library did not make a key.
    #[error("could not generate {family} key")]
    Generation {
        /// Family of the key.
        family: KeyFamily,
    },
    /// The signer failed.
    #[error("could not sign with {family} key")]
    Signing {
        /// Family of the key.
        family: KeyFamily,
    },
    /// A repeatable run asks for what cannot be repeated: a new RSA key, or an ECDSA signature without the feature
    /// `deterministic` or on another curve than P-256.
    #[error("{what} cannot be made repeatable")]
    NotReproducible {
        /// The thing asked for.
        what: &'static str,
    },
}

/// What is wrong with the bytes of a private key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The bytes are a key in another container.
    #[error("x509: failed to parse private key (use {parser} instead for this key format)")]
    OtherContainer {
        /// How the reference calls the reader of that container.
        parser: &'static str,
    },
    /// The bytes are no DER of the expected shape.
    #[error("{0}")]
    Structure(String),
    /// The bytes are no SEC1 key.
    #[error("x509: failed to parse EC private key: {0}")]
    EcStructure(String),
    /// SEC1 of another version than 1.
    #[error("x509: unknown EC private key version {0}")]
    EcVersion(i64),
    /// The curve is not named, or not one of P-256, P-384 and P-521.
    #[error("x509: unknown elliptic curve")]
    UnknownCurve,
    /// The private number is longer than the curve allows.
    #[error("x509: invalid private key length")]
    EcLength,
    /// The private number is zero or beyond the order of the curve.
    #[error("ecdsa: private key scalar out of range")]
    EcValue,
    /// PKCS#8 around a kind of key that is not known.
    #[error("x509: PKCS#8 wrapping contained private key with unknown algorithm: {0}")]
    UnknownAlgorithm(String),
    /// PKCS#8 names parameters where Ed25519 has none.
    #[error("x509: invalid Ed25519 private key parameters")]
    Ed25519Parameters,
    /// PKCS#8 around something that is not a seed.
    #[error("x509: invalid Ed25519 private key: {0}")]
    Ed25519Structure(String),
    /// The seed is not 32 bytes long.
    #[error("x509: invalid Ed25519 private key length: {0}")]
    Ed25519Length(usize),
    /// PKCS#8 around a broken key.
    #[error("x509: failed to parse {kind} private key embedded in PKCS#8: {problem}")]
    Embedded {
        /// `RSA` or `EC`.
        kind: &'static str,
        /// What is wrong with it.
        problem: Box<Problem>,
    },
    /// RSA numbers that do not belong together, or a size that is not supported (2048 to 8192 bits are).
    #[error("crypto/rsa: invalid private key")]
    RsaValue,
    /// RSA of an unknown version.
    #[error("x509: unsupported private key version")]
    RsaVersion,
}
