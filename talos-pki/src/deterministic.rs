//! Repeatable runs: a random source grown from a seed, and ECDSA signatures whose nonces are derived (RFC 6979).
//!
//! With a fixed clock and [`SeededRandom`], two runs give equal bytes. Ed25519 needs nothing of it, its signatures never
//! use randomness. For tests and for comparing outputs only: whoever knows the seed knows every key.

use ecdsa::hazmat::sign_prehashed_rfc6979;
use p256::ecdsa::Signature;
use p256::{NistP256, NonZeroScalar};
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroize;

use crate::key::SignatureAlgorithm;
use crate::random::{Error, Random};

/// A random source that gives the same bytes for the same seed: SHA-256 over seed and a counter.
pub struct SeededRandom {
    seed: [u8; 32],
    blocks: u64,
    block: [u8; 32],
    used: usize,
}

impl SeededRandom {
    /// Starts from a seed.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, blocks: 0, block: [0; 32], used: 32 }
    }
}

impl Random for SeededRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        for byte in buffer {
            if self.used == self.block.len() {
                let digest = Sha256::new().chain_update(self.seed).chain_update(self.blocks.to_be_bytes()).finalize();
                self.block.copy_from_slice(&digest);
                self.blocks += 1;
                self.used = 0;
            }
            *byte = self.block[self.used];
            self.used += 1;
        }
        Ok(())
    }

    fn reproducible(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for SeededRandom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeededRandom").finish_non_exhaustive()
    }
}

impl Drop for SeededRandom {
    fn drop(&mut self) {
        self.seed.zeroize();
        self.block.zeroize();
    }
}

/// Signs a hash with a P-256 key, as DER.
pub(crate) fn sign_p256(number: &[u8], algorithm: SignatureAlgorithm, hash: &[u8]) -> Option<Vec<u8>> {
    let number = Option::<NonZeroScalar>::from(NonZeroScalar::from_repr(number.try_into().ok()?))?;
    let signature: Signature = match algorithm {
        SignatureAlgorithm::EcdsaSha384 => sign_prehashed_rfc6979::<NistP256, Sha384>(&number, hash, &[]).0,
        SignatureAlgorithm::EcdsaSha512 => sign_prehashed_rfc6979::<NistP256, Sha512>(&number, hash, &[]).0,
        _ => sign_prehashed_rfc6979::<NistP256, Sha256>(&number, hash, &[]).0,
    };
    Some(signature.to_der().as_bytes().to_vec())
}
