//! How many files this process may have open, sockets among them.

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the number to the highest that is allowed without rights, as programs in Go do when they start.
///
/// # Errors
/// When the kernel refuses; the number is as it was then.
pub fn raise() -> Result<(), Errno> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })
}
