//! `Mounts`: which filesystems are mounted where, and how full they are.

use talos_api::proto::machine::{MountStat, Mounts, MountsResponse};
use talos_api::server::failure;
use tonic::Status;

use super::{multi_error, unanswered};
use crate::sys::Host;

/// Lists what is mounted on folders, in the order of mounting. Sizes are in bytes.
///
/// # Errors
/// `Unknown` when the machine does not tell. One place that cannot be looked at makes the whole call fail, with all such
/// places in the text.
pub fn mounts(host: &dyn Host) -> Result<MountsResponse, Status> {
    let (mut stats, mut failures) = (Vec::new(), Vec::new());
    for mount in host.mounts().map_err(unanswered)? {
        match host.capacity(&mount) {
            Ok(None) => {}
            Ok(Some(capacity)) => stats.push(MountStat {
                filesystem: mount.source,
                size: capacity.size,
                available: capacity.available,
                mounted_on: mount.target,
            }),
            Err(error) => failures.push(failure::chain(&error)),
        }
    }
    match multi_error::text(failures) {
        Some(text) => Err(Status::unknown(text)),
        None => Ok(MountsResponse { messages: vec![Mounts { metadata: None, stats }] }),
    }
}
