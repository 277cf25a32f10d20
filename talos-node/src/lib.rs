//! The node: what a machine that runs Talos is made of.
//!
//! | Module | Holds |
//! |---|---|
//! | [`cosi`] | resources and their store |
//! | [`server`] | gRPC as a node speaks it, and the services it answers with |
//! | [`sys`] | the machine below a node: what can be found out about it |
//!
//! A node is a value: nothing in this crate is global, so that one process can hold many.

pub mod cosi;
pub mod server;
pub mod sys;
