//! Behaviour of the crate, seen from outside.

mod arbitrary;
mod bundle;
mod cases;
mod documents;
mod features;
mod generate;
mod immediate;
mod json6902;
mod laws;
mod parity;
mod preserve;
mod recorded;
mod schema;
mod sections;
mod validate;
