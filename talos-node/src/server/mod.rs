//! The API of a node.
//!
//! | Room | Holds |
//! |---|---|
//! | [`transport`] | HTTP/2 connections: requests in, answers out |
//! | [`listener`] | TLS: connections with a certificate that can change |
//! | `budget` | how many connections there are, and which gives way |
//! | [`access`] | which resources a caller may see |
//! | [`api`] | what a configured node answers about itself |
//! | [`cosi_state`] | the service that shows and changes resources |
//! | [`machine`], [`storage`], [`time`] | calls that look at the machine |
//! | [`runtime`] | calls about the machine's own doings |
//! | [`maintenance`] | what a node answers that has no configuration yet |

pub mod access;
pub mod api;
pub(crate) mod budget;
pub mod cosi_state;
pub mod listener;
pub mod machine;
pub mod maintenance;
pub mod runtime;
pub(crate) mod socket;
pub mod storage;
pub mod time;
pub mod transport;
pub(crate) mod unary;
