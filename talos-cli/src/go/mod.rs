//! Values and texts in the form of the Go tools whose command line this program continues: scripts and people know the
//! accepted spellings and the error texts, so both are kept.

pub mod csv;
pub mod duration;
mod mode;
#[cfg(feature = "online")]
pub mod moment;
pub mod number;
pub mod path;
mod quote;

pub use duration::Duration;
pub use mode::FileMode;
pub use quote::{quote, quote_byte, quote_list};
