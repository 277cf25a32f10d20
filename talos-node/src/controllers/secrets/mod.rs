//! Authorities and certificates.

mod maintenance;
mod maintenance_cert_sans;
mod maintenance_root;

pub use maintenance::MaintenanceController;
pub use maintenance_cert_sans::MaintenanceCertSansController;
pub use maintenance_root::MaintenanceRootController;

/// Id of all that belongs to maintenance mode.
const MAINTENANCE: &str = "maintenance";
