//! The machine below a node: what can be found out about it.
//!
//! | Module | Holds |
//! |---|---|
//! | [`host`] | [`Host`]: everything that a node asks its machine |
//! | [`process`] | [`Process`]: a machine seen by an ordinary process, without rights of its own |
//! | [`recording`] | [`Recording`]: a machine for tests, which says what it is told and keeps what is done to it |
//! | [`firmware`] | what the machine is made of |
//! | [`error`] | what goes wrong: operation, path, cause |
//! | [`memory`], [`processors`], [`load`], [`statistics`], [`kernel`] | the kernel's counters and names |
//! | [`processes`], [`sockets`] | who runs, and who talks |
//! | [`mounts`], [`disks`], [`disk_statistics`] | storage |
//! | [`network_devices`], [`netlink`] | links, their counters, addresses and routes |
//! | [`kernel_log`] | the log of the kernel |
//! | [`open_files`] | how many files this process may have open |
//! | [`packets`], [`filter`] | what goes through links |
//! | [`sntp`] | the time as servers tell it |
//!
//! Parsers are functions of bytes, so that recorded files are enough to test them. Nothing here knows the API: numbers and
//! texts are the kernel's own. Nothing is read before somebody asks, and what is read is not kept.

mod columns;
pub mod disk_statistics;
pub mod disks;
pub mod error;
pub mod filter;
pub mod firmware;
pub mod host;
pub mod kernel;
pub mod kernel_log;
pub mod load;
pub mod memory;
pub mod mounts;
pub mod netlink;
pub mod network_devices;
pub mod open_files;
pub mod packets;
pub mod process;
pub mod processes;
pub mod processors;
pub mod recording;
mod root;
pub mod sntp;
pub mod sockets;
pub mod statistics;

pub use error::{Error, Malformed, Reason};
pub use host::{Host, Reboot};
pub use process::Process;
pub use recording::{Effect, Recording};
