//! Calls that ask a machine about its own doings, or tell it what to do.

mod actions;
mod apply_configuration;
mod containers;
mod dependencies;
mod etcd;
mod events;
mod generate;
mod health;
mod kubeconfig;
mod logs;
pub(crate) mod meta;
mod services;

use actions::begin;
pub use actions::{bootstrap, reboot, reset, rollback, shutdown, upgrade};
pub use apply_configuration::apply_configuration;
pub use containers::{no_containers, no_images};
pub use dependencies::dependencies;
pub use etcd::{Member, no_members, recover, unanswered};
pub use events::events;
pub use generate::{client_configuration, configuration, first_configuration};
pub use health::{Checks, health_check};
pub use kubeconfig::kubeconfig;
pub use logs::logs;
pub use services::{act, service_list};

/// Namespace of the machine's own containers.
const SYSTEM: &str = "system";
