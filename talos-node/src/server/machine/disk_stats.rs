//! `DiskStats`: what went to block devices and back.

use talos_api::proto::machine::{DiskStat, DiskStats, DiskStatsResponse};
use tonic::Status;

use super::unanswered;
use crate::sys::Host;
use crate::sys::disk_statistics::DiskStatistics;

/// Tells counters of each block device, and of all; the latter have no name.
///
/// # Errors
/// `Unknown` when the machine does not tell.
pub fn disk_stats(host: &dyn Host) -> Result<DiskStatsResponse, Status> {
    let devices = host.disk_statistics().map_err(unanswered)?;
    let total = Some(counters(DiskStatistics::total(&devices)));
    let devices = devices.into_iter().map(counters).collect();
    Ok(DiskStatsResponse { messages: vec![DiskStats { metadata: None, total, devices }] })
}

fn counters(device: DiskStatistics) -> DiskStat {
    let [read_completed, read_merged, read_sectors, read_time_ms, rest @ ..] = device.counters;
    let [write_completed, write_merged, write_sectors, write_time_ms, rest @ ..] = rest;
    let [io_in_progress, io_time_ms, io_time_weighted_ms, rest @ ..] = rest;
    let [discard_completed, discard_merged, discard_sectors, discard_time_ms] = rest;
    DiskStat {
        name: device.name,
        read_completed,
        read_merged,
        read_sectors,
        read_time_ms,
        write_completed,
        write_merged,
        write_sectors,
        write_time_ms,
        io_in_progress,
        io_time_ms,
        io_time_weighted_ms,
        discard_completed,
        discard_merged,
        discard_sectors,
        discard_time_ms,
    }
}
