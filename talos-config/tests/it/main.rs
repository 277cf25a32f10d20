//! Behaviour of the crate, seen from outside.

mod cases;
mod immediate;
mod validate;
