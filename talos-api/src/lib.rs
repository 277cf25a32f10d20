//! Wire types of the Talos API.
#![forbid(unsafe_code)]

#[path = "gen/mod.rs"]
pub mod proto;

mod redact;
