//! Authorities and certificates.

mod api;
mod api_cert_sans;
mod maintenance;
mod maintenance_cert_sans;
mod maintenance_root;
mod root_os;

pub use api::ApiController;
pub use api_cert_sans::ApiCertSansController;
pub use maintenance::MaintenanceController;
pub use maintenance_cert_sans::MaintenanceCertSansController;
pub use maintenance_root::MaintenanceRootController;
pub use root_os::RootOsController;

/// Id of all that belongs to the API.
pub(crate) const API: &str = "api";

/// Id of all that belongs to maintenance mode.
const MAINTENANCE: &str = "maintenance";
