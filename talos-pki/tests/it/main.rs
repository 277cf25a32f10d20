//! Behaviour of the crate, seen from outside.

mod bundles;
mod properties;

#[cfg(feature = "issue")]
mod authorities;
#[cfg(feature = "issue")]
mod clients;
#[cfg(feature = "deterministic")]
mod determinism;
#[cfg(feature = "issue")]
mod foreign;
#[cfg(feature = "issue")]
mod generated;
#[cfg(feature = "issue")]
mod keys;
#[cfg(feature = "issue")]
mod kubernetes;
#[cfg(feature = "rcgen")]
mod rcgen;
#[cfg(feature = "issue")]
mod standalone;
#[cfg(feature = "issue")]
mod support;
#[cfg(feature = "issue")]
mod vectors;
