//! Calls about the time.

use talos_api::proto::time::{Time, TimeRequest, TimeResponse};
use talos_api::server::failure;
use talos_pki::clock::Clock;
use tonic::Status;

use crate::sys::sntp::{self, Invalid, QueryError};

/// Asked when the configuration names nobody.
pub const DEFAULT_SERVER: &str = "pool.ntp.org";

/// Why a server's time is not told.
#[derive(Debug, thiserror::Error)]
enum Unknown {
    #[error("error querying NTP server {0:?}")]
    Query(String, #[source] QueryError),
    #[error("error validating NTP response")]
    Invalid(#[source] Invalid),
}

/// `Time`: asks the first of the configured servers. `nonce` is random.
///
/// # Errors
/// `Unknown` when it does not answer, or when its answer is not to be trusted.
pub async fn time(servers: &[String], clock: &(dyn Clock + Sync), nonce: u64) -> Result<TimeResponse, Status> {
    let server = servers.first().map_or(DEFAULT_SERVER, String::as_str).to_owned();
    time_check(TimeRequest { server }, clock, nonce).await
}

/// `TimeCheck`: asks a server. `nonce` is random.
///
/// # Errors
/// `Unknown` when it does not answer, or when its answer is not to be trusted.
pub async fn time_check(request: TimeRequest, clock: &(dyn Clock + Sync), nonce: u64) -> Result<TimeResponse, Status> {
    let server = request.server;
    let failed = |error| failure::unknown(&Unknown::Query(server.clone(), error));
    let reply = sntp::query(&server, nonce).await.map_err(failed)?;
    reply.validate().map_err(|error| failure::unknown(&Unknown::Invalid(error)))?;
    let localtime = Some(clock.now().into());
    let message = Time { metadata: None, server, localtime, remotetime: Some(reply.time.into()) };
    Ok(TimeResponse { messages: vec![message] })
}
