//! Behaviour of the crate, seen from outside.

mod cases;
mod documents;
mod immediate;
mod json6902;
mod recorded;
mod sections;
mod validate;
