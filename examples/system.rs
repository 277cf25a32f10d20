//! Randomness and the clock of this computer. The libraries are given both; they take neither by themselves.

use std::time::SystemTime;

use talos_pki::{Clock, Random, random};

/// The random source of the operating system.
#[derive(Debug)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), random::Error> {
        getrandom::fill(buffer).map_err(random::Error::new)
    }
}

/// The clock of the operating system.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the libraries are given")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
