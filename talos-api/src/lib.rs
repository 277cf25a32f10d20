//! The Talos API: messages, a client, what servers are made of, and a node for tests.
//!
//! | Feature | Gives |
//! |---|---|
//! | (none) | [`proto`]: messages under the names of their packages; [`resources`]: all 108 resource types, typed; [`events`] of machines |
//! | `client` | module `client`: calls to nodes, generated clients |
//! | `kubernetes` | module `kubernetes`: calls to the Kubernetes API of a cluster; module `cluster`: health checks, upgrades |
//! | `server` | module `server`: roles, routing, merging of replies; generated service traits |
//! | `testing` | module `testing`: an in-process node with real TLS and scripted answers |
//!
//! The messages are generated from the `.proto` files beside this crate and committed; building needs no `protoc`. TLS
//! uses rustls with the aws-lc provider, which is always passed explicitly: the process-wide default is neither used nor
//! set.
#![forbid(unsafe_code)]

#[path = "gen/mod.rs"]
pub mod proto;

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "kubernetes")]
pub mod cluster;
pub mod events;
#[cfg(any(feature = "client", feature = "server"))]
pub mod grpc;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
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
