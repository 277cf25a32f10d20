//! Wire types of the Talos API.
#![forbid(unsafe_code)]

#[path = "gen/mod.rs"]
pub mod proto;

#[cfg(feature = "client")]
pub mod client;
#[cfg(any(feature = "client", feature = "server"))]
pub mod grpc;
#[cfg(feature = "client")]
mod pem;
mod redact;
pub mod resources;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(any(feature = "client", feature = "server"))]
pub mod tls;
