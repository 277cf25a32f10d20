//! What an authority or the owner of a request signs with.

use super::{Error, PublicKey, SignatureAlgorithm};
use crate::random::Random;

/// A private key that can sign, wherever it is kept.
///
/// [`KeyPair`](super::KeyPair) holds it in memory; a key in a hardware module or behind a service implements this trait.
pub trait Signer {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// Signs a message.
    ///
    /// `random` says whether the signature must be repeatable and gives randomness to signers that want it from there.
    /// ECDSA signatures are DER (`ECDSA-Sig-Value`), the others raw bytes.
    ///
    /// # Errors
    /// [`Error::AlgorithmMismatch`] if the key cannot sign so, [`Error::Signing`] if the signer failed,
    /// [`Error::NotReproducible`] if a repeatable signature is asked for and not possible.
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, Error>;
}

impl<S: Signer + ?Sized> Signer for &S {
    fn public_key(&self) -> &PublicKey {
        (**self).public_key()
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, Error> {
        (**self).sign(algorithm, message, random)
    }
}

impl<S: Signer + ?Sized> Signer for Box<S> {
    fn public_key(&self) -> &PublicKey {
        (**self).public_key()
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, Error> {
        (**self).sign(algorithm, message, random)
    }
}
