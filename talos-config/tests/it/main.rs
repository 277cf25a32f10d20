//! Behaviour of the crate, seen from outside.

mod bundle;
mod cases;
mod documents;
mod generate;
mod immediate;
mod json6902;
mod parity;
mod recorded;
mod preserve;
mod sections;
mod validate;
