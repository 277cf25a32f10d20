//! What several tests need.

use std::time::{Duration, SystemTime};

use talos_pki::random::{Error, Random};

/// Randomness of the operating system.
pub(crate) struct Os;

impl Random for Os {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(buffer).map_err(|error| Error::new(error.to_string()))
    }
}

/// Gives out bytes that were prepared, and fails after the last.
pub(crate) struct Script(Vec<u8>);

impl Script {
    pub(crate) fn new(parts: &[&str]) -> Self {
        Self(parts.iter().rev().flat_map(|part| hex(part).into_iter().rev()).collect())
    }
}

impl Random for Script {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        for byte in buffer {
            *byte = self.0.pop().ok_or_else(|| Error::new("the script is at its end"))?;
        }
        Ok(())
    }
}

/// 2023-12-01T00:00:00Z.
pub(crate) fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_701_388_800)
}

pub(crate) fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
