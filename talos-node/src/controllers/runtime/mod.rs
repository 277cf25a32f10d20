//! The machine as a whole, and its maintenance mode.

mod devices_status;
mod events_sink_config;
mod kernel_module_config;
mod kernel_param_config;
mod kernel_param_defaults;
mod kernel_param_spec;
mod kmsg_log_config;
mod machine_status;
mod machine_status_publisher;
mod maintenance_config;
mod maintenance_service;
mod security_state;

pub use devices_status::DevicesStatusController;
pub use events_sink_config::EventsSinkConfigController;
pub use kernel_module_config::KernelModuleConfigController;
pub use kernel_param_config::KernelParamConfigController;
pub use kernel_param_defaults::KernelParamDefaultsController;
pub use kernel_param_spec::KernelParamSpecController;
pub use kmsg_log_config::KmsgLogConfigController;
pub use machine_status::MachineStatusController;
pub use machine_status_publisher::MachineStatusPublisherController;
pub use maintenance_config::MaintenanceConfigController;
pub use maintenance_service::MaintenanceServiceController;
pub use security_state::SecurityStateController;

/// Id of all that belongs to maintenance mode.
const MAINTENANCE: &str = "maintenance";
