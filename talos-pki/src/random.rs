//! Randomness, handed in by the caller.

use std::error::Error as StdError;

/// Where keys, serial numbers, tokens and secrets come from.
///
/// Real use passes the random source of the operating system and nothing else.
pub trait Random {
    /// Fills the buffer with bytes nobody can guess.
    ///
    /// # Errors
    /// [`Error`] if the source cannot deliver; nothing is generated then.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error>;

    /// Whether the run must be repeatable, byte for byte.
    ///
    /// The default is `false`: ECDSA signatures then take their nonces from the signing library. With `true` they are
    /// derived from key and message (RFC 6979), which needs the feature `deterministic`, and what cannot be repeated
    /// (new RSA keys) is refused.
    fn reproducible(&self) -> bool {
        false
    }
}

impl<R: Random + ?Sized> Random for &mut R {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        (**self).fill(buffer)
    }

    fn reproducible(&self) -> bool {
        (**self).reproducible()
    }
}

/// The random source failed.
#[derive(Debug, thiserror::Error)]
#[error("random source failed")]
pub struct Error {
    #[source]
    source: Box<dyn StdError + Send + Sync>,
}

impl Error {
    /// Wraps what the source itself reported.
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { source: source.into() }
    }
}
