//! The node through its public surface.

mod cosi_state;
mod recorded;
mod sys;
mod transport;
