//! The API of a node.
//!
//! | Room | Holds |
//! |---|---|
//! | [`transport`] | HTTP/2 connections: requests in, answers out |
//! | [`cosi_state`] | the service that shows and changes resources |

pub mod cosi_state;
pub mod transport;
