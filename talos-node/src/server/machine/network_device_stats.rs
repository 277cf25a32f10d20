//! `NetworkDeviceStats`: what went through links.

use talos_api::proto::machine::{NetDev, NetworkDeviceStats, NetworkDeviceStatsResponse};
use tonic::Status;

use super::unanswered;
use crate::sys::Host;
use crate::sys::network_devices::NetworkDevice;

/// Tells counters of each link, and of all; all of them are named in the name of the latter.
///
/// # Errors
/// `Unknown` when the machine does not tell.
pub fn network_device_stats(host: &dyn Host) -> Result<NetworkDeviceStatsResponse, Status> {
    let devices = host.network_devices().map_err(unanswered)?;
    let total = Some(counters(NetworkDevice::total(&devices)));
    let devices = devices.into_iter().map(counters).collect();
    Ok(NetworkDeviceStatsResponse { messages: vec![NetworkDeviceStats { metadata: None, total, devices }] })
}

fn counters(device: NetworkDevice) -> NetDev {
    let [rx_bytes, rx_packets, rx_errors, rx_dropped, rx_fifo, rx_frame, rx_compressed, rx_multicast] = device.received;
    let [tx_bytes, tx_packets, tx_errors, tx_dropped, tx_fifo, tx_collisions, tx_carrier, tx_compressed] = device.sent;
    NetDev {
        name: device.name,
        rx_bytes,
        rx_packets,
        rx_errors,
        rx_dropped,
        rx_fifo,
        rx_frame,
        rx_compressed,
        rx_multicast,
        tx_bytes,
        tx_packets,
        tx_errors,
        tx_dropped,
        tx_fifo,
        tx_collisions,
        tx_carrier,
        tx_compressed,
    }
}
