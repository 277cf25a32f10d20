//! The node: what a machine that runs Talos is made of.
//!
//! | Module | Holds |
//! |---|---|
//! | [`app`] | a whole node, to be started and stopped |
//! | [`apid`] | the front of its API: who calls, and who shall answer |
//! | [`command_line`] | what the kernel was started with, in words |
//! | [`controllers`] | what keeps its resources in step |
//! | [`cosi`] | resources and their store |
//! | [`discovery`] | how nodes find each other: a service, and its client |
//! | [`machine`] | what the parts of a node share |
//! | [`meta`] | the few values that are known before anything is mounted |
//! | [`platform`] | where a machine stands, and what it is told there |
//! | [`sequencer`] | what it does from start to stop |
//! | [`service`] | what runs on it |
//! | [`events`], [`log`] | what happened on it, and what was said |
//! | [`server`] | gRPC as a node speaks it, and the services it answers with |
//! | [`sys`] | the machine below a node: what can be found out about it |
//! | [`trustd`] | certificates for workers |
//! | `local` (feature) | clusters on this computer |
//!
//! A node is a value: nothing in this crate is global, so that one process can hold many.

pub mod apid;
pub mod app;
pub mod command_line;
pub mod console;
pub mod controllers;
pub mod cosi;
pub mod discovery;
pub mod events;
pub mod identity;
#[cfg(feature = "local")]
pub mod local;
pub mod log;
pub mod machine;
pub mod machine_config;
mod machined;
pub mod meta;
pub mod networks;
mod panics;
mod peer;
pub mod platform;
pub mod sequencer;
pub mod server;
pub mod service;
pub mod state;
pub mod sys;
pub mod trial;
pub mod trustd;
