//! Calls about disks.

mod disks;

pub use disks::disks;
