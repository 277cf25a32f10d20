//! Calls to a machine that only look at it: one file for each.
//!
//! Each is a function of what it needs, mostly a [`Host`](crate::sys::Host), and gives a reply or a status; whoever serves
//! them decides who may call. They read files of the kernel while the caller waits: microseconds for most, milliseconds for
//! processes and sockets, and as long as storage takes for mounts.
//!
//! Streams are made piece by piece, each when it is asked for, by [`Pieces`]. They end when nobody asks any more.

mod copy;
mod cpu_info;
mod disk_stats;
mod disk_usage;
mod dmesg;
mod hostname;
mod list;
mod load_avg;
mod memory;
mod mounts;
pub(crate) mod multi_error;
mod netstat;
mod network_device_stats;
mod packet_capture;
mod pieces;
mod processes;
mod read;
mod system_stat;
mod version;
mod walk;

pub use copy::{Archive, copy};
pub use cpu_info::cpu_info;
pub use disk_stats::disk_stats;
pub use disk_usage::{Usage, disk_usage};
pub use dmesg::{Dmesg, dmesg};
pub use hostname::hostname;
pub use list::{Listing, list};
pub use load_avg::load_avg;
pub use memory::memory;
pub use mounts::mounts;
pub use netstat::netstat;
pub use network_device_stats::network_device_stats;
pub use packet_capture::{Capture, packet_capture};
pub use pieces::Pieces;
pub use processes::processes;
pub use read::{Content, read};
pub use system_stat::system_stat;
pub use version::version;

use talos_api::server::failure;
use tonic::Status;

use crate::sys::Error;

/// A path that starts with a slash and does not end with one, but for the root itself.
fn absolute(path: &str) -> String {
    let path = path.strip_suffix('/').unwrap_or(path);
    match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("/{path}"),
    }
}

/// The status of a question that the machine did not answer.
fn unanswered(error: Error) -> Status {
    failure::unknown(&error)
}
