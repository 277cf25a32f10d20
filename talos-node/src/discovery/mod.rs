//! How the nodes of a cluster find each other: a service that they all reach, and its client.
//!
//! | Module | Holds |
//! |---|---|
//! | [`server`] | the service: gRPC without encryption of its own, everything in memory |
//! | `clusters` | what it remembers, and for how long |
//! | `client` | a conversation with a service |
//! | `seal` | what makes the service know nothing: only members of a cluster can read what they tell each other |
//! | `affiliate` | what they tell each other |
//!
//! Source: `siderolabs/discovery-api`, `siderolabs/discovery-client` (0.1.5), `siderolabs/discovery-service`.

pub(crate) mod affiliate;
pub(crate) mod client;
mod clusters;
pub(crate) mod seal;
pub mod server;

pub use server::Server;

use std::time::Duration;

/// Longest time that a service remembers what it is not told again.
pub const TTL: Duration = Duration::from_secs(30 * 60);

/// Paths of the methods.
mod method {
    pub(super) const HELLO: &str = "/sidero.discovery.server.Cluster/Hello";
    pub(super) const AFFILIATE_UPDATE: &str = "/sidero.discovery.server.Cluster/AffiliateUpdate";
    pub(super) const AFFILIATE_DELETE: &str = "/sidero.discovery.server.Cluster/AffiliateDelete";
    pub(super) const LIST: &str = "/sidero.discovery.server.Cluster/List";
    pub(super) const WATCH: &str = "/sidero.discovery.server.Cluster/Watch";
}
