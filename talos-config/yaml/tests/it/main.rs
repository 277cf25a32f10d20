//! Behaviour of the crate as its users see it.

mod decoder;
mod emit;
mod hostile;
mod oracle;
mod reader;
