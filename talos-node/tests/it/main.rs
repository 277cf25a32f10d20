//! The node through its public surface.

mod calls;
mod clusters;
mod configuration;
mod configured;
mod cosi_state;
mod crashes;
mod crowds;
#[cfg(feature = "local")]
mod local;
mod machine;
mod machines;
mod maintenance;
mod parity;
mod platform;
mod recorded;
mod roles;
mod services;
mod sys;
mod time;
mod transport;
