//! Behaviour of the crate, seen from outside.

#[cfg(feature = "issue")]
mod issue;
#[cfg(feature = "issue")]
mod support;
#[cfg(feature = "issue")]
mod vectors;
