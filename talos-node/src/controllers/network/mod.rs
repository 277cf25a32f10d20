//! Links, addresses and names.

mod address_status;
mod hostname_config;
mod hostname_merge;
mod hostname_spec;
mod link_status;
mod node_address;
mod platform_config;

pub use address_status::AddressStatusController;
pub use hostname_config::HostnameConfigController;
pub use hostname_merge::HostnameMergeController;
pub use hostname_spec::HostnameSpecController;
pub use link_status::LinkStatusController;
pub use node_address::NodeAddressController;
pub use platform_config::PlatformConfigController;

/// Namespace of what is wanted by several sources, before it is merged.
const CONFIG_NAMESPACE: &str = "network-config";
