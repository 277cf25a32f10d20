//! Unpacking of tar archives that arrive in pieces.
//!
//! [`Reader`] takes the bytes as they come and tells a [`Visitor`] about the entries; [`Extract`] is the visitor that
//! makes files of them. Ustar, the long names of GNU tar and pax headers are understood. Nodes leave out the padding of
//! the last file and the end marks, which are optional here.

mod extract;
mod header;
mod reader;

pub use extract::{Extract, ExtractError};
pub use header::{Entry, Kind};
pub use reader::{Reader, TarError, Visitor};
