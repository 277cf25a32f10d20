//! `LoadAvg`: how busy the machine is.

use talos_api::proto::machine::{LoadAvg, LoadAvgResponse};
use tonic::Status;

use super::unanswered;
use crate::sys::Host;

/// Tells means of the last minutes.
///
/// # Errors
/// `Unknown` when the machine does not tell.
pub fn load_avg(host: &dyn Host) -> Result<LoadAvgResponse, Status> {
    let load = host.load_average().map_err(unanswered)?;
    let message = LoadAvg { metadata: None, load1: load.one, load5: load.five, load15: load.fifteen };
    Ok(LoadAvgResponse { messages: vec![message] })
}
