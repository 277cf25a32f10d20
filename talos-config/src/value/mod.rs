//! Values of fields that are written in a form of their own.
//!
//! Each reads, prints and words its errors as the reference does.

pub mod bytes;
pub mod disk_type;
pub mod duration;
pub mod file_mode;
pub mod size;
pub mod url;
