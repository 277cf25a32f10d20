//! Calls that ask a machine about its own doings, or tell it what to do.

mod actions;
mod apply_configuration;
mod containers;
mod events;
mod logs;
mod services;

use actions::begin;
pub use actions::{bootstrap, reboot, reset, rollback, shutdown, upgrade};
pub use apply_configuration::apply_configuration;
pub use containers::{no_containers, no_images};
pub use events::events;
pub use logs::logs;
pub use services::{act, service_list};

/// Namespace of the machine's own containers.
const SYSTEM: &str = "system";
