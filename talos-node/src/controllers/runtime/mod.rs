//! The machine as a whole, and its maintenance mode.

mod machine_status;
mod maintenance_config;
mod maintenance_service;

pub use machine_status::MachineStatusController;
pub use maintenance_config::MaintenanceConfigController;
pub use maintenance_service::MaintenanceServiceController;

/// Id of all that belongs to maintenance mode.
const MAINTENANCE: &str = "maintenance";
