//! The node through its public surface.

mod cosi_state;
mod transport;
