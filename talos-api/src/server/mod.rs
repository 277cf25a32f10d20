//! What a node's API stands on.
//!
//! | Room | Question |
//! |---|---|
//! | [`roles`] | who may call which method |
//! | [`caller`] | which roles a caller has |
//! | [`route`] | to whom a call goes: this node, another, or several |
//! | [`aggregate`] | how answers of several nodes become one, without being decoded |
//! | [`failure`] | which status a failure becomes |
//!
//! Nothing here listens, dials or keeps state. The generated traits of services are in [`proto`](crate::proto).

pub mod aggregate;
pub mod caller;
pub mod failure;
pub mod roles;
pub mod route;
