//! The node through its public surface.

mod cosi_state;
mod machines;
mod maintenance;
mod recorded;
mod sys;
mod transport;
