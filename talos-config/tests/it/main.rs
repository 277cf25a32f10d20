//! Behaviour of the crate, seen from outside.

mod cases;
mod documents;
mod immediate;
mod sections;
mod validate;
