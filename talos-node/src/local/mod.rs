//! Clusters on this computer: many nodes in one process, or a process for each.
//!
//! | Module | Holds |
//! |---|---|
//! | [`cluster`] | a cluster inside of this process, for tests and tools |
//! | [`plan`] | names, addresses and configurations of its machines |
//! | [`network`] | where they are |
//! | [`readiness`] | waiting for them |
//! | [`process`] | a cluster of processes that go on by themselves |
//! | [`isolation`] | networks of their own for these |
//! | [`state`] | what is known of such a cluster later |

pub mod cluster;
pub mod isolation;
pub mod network;
pub mod plan;
pub mod process;
pub mod readiness;
pub mod state;

pub use cluster::{Builder, Cluster};
pub use network::Network;
