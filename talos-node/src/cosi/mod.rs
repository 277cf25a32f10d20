//! Resources: the store they live in, and the engine of controllers that keep them in step.
//!
//! | Room | Holds |
//! |---|---|
//! | [`metadata`] | who a resource is: names, version, owner, phase, finalizers, labels |
//! | [`resource`] | a resource: metadata, and content of any type |
//! | [`query`] | which resources of a type are meant: by label, by id |
//! | [`store`] | all resources of a node; every change goes through it |
//! | [`watch`] | what happens to them, from a position on |
//! | [`controller`] | what keeps resources in step: what it reads, what it writes, how it decides |
//! | [`engine`] | wakes controllers when what they read changes, and writes what they decide |
//!
//! The store is synchronous, and no lock is held across an `await`. Nothing here knows the API or the host.

mod collection;
pub mod controller;
mod dirty;
pub mod engine;
pub mod metadata;
pub mod query;
pub mod resource;
pub mod store;
pub mod watch;

pub use self::controller::{Inputs, Outputs, Plan, Run};
pub use self::engine::Engine;
pub use self::metadata::{Metadata, Phase, Reference, Version};
pub use self::query::Query;
pub use self::resource::{Content, Opaque, Resource};
pub use self::store::{Error, Store};
pub use self::watch::{Event, Watch};
