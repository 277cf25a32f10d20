//! The node through its public surface.

mod configured;
mod cosi_state;
mod machine;
mod machines;
mod maintenance;
mod platform;
mod recorded;
mod sys;
mod time;
mod transport;
