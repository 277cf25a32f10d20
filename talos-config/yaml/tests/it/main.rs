//! Behaviour of the crate as its users see it.

mod emit;
mod oracle;
mod reader;
