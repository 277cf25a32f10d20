//! Links, addresses, routes, names, and the servers that a machine asks.
//!
//! | Modules | Do |
//! |---|---|
//! | `…_config` | tell what the command line of the kernel, the configuration and the defaults want, each on its layer |
//! | `…_merge` | choose among what is wanted on several layers, which [`layers`] holds |
//! | `…_spec` | do what is wanted |
//! | `…_status` | tell what there is |

mod address_config;
mod address_merge;
mod address_status;
mod bond;
mod command_line;
mod device;
mod device_config;
mod etc_file;
mod hardware_addr;
mod hostname_config;
mod hostname_merge;
mod hostname_spec;
mod layers;
mod link_config;
mod link_merge;
mod link_status;
mod node_address;
mod operator_config;
mod operator_merge;
mod operator_vip_config;
mod platform_config;
mod resolver_config;
mod resolver_merge;
mod resolver_spec;
mod route_config;
mod route_merge;
mod route_status;
mod status;
mod time_server_config;
mod time_server_merge;
mod time_server_spec;
mod vlan;

use std::net::IpAddr;

use talos_api::resources::network::{Family, LinkStatusSpec, LinkType, RoutingTable};
use talos_api::resources::{Ip, IpPrefix};

use layers::CONFIG_NAMESPACE;

pub use address_config::AddressConfigController;
pub use address_merge::AddressMergeController;
pub use address_status::AddressStatusController;
pub use device_config::DeviceConfigController;
pub use etc_file::EtcFileController;
pub use hardware_addr::HardwareAddrController;
pub use hostname_config::HostnameConfigController;
pub use hostname_merge::HostnameMergeController;
pub use hostname_spec::HostnameSpecController;
pub use link_config::LinkConfigController;
pub use link_merge::LinkMergeController;
pub use link_status::LinkStatusController;
pub use node_address::NodeAddressController;
pub use operator_config::OperatorConfigController;
pub use operator_merge::OperatorMergeController;
pub use operator_vip_config::OperatorVipConfigController;
pub use platform_config::PlatformConfigController;
pub use resolver_config::ResolverConfigController;
pub use resolver_merge::ResolverMergeController;
pub use resolver_spec::ResolverSpecController;
pub use route_config::RouteConfigController;
pub use route_merge::RouteMergeController;
pub use route_status::RouteStatusController;
pub use status::StatusController;
pub use time_server_config::TimeServerConfigController;
pub use time_server_merge::TimeServerMergeController;
pub use time_server_spec::TimeServerSpecController;

/// Metric of routes that have none of their own.
const ROUTE_METRIC: u32 = 1024;

/// Id of a route. The main table is not named.
fn route_id(table: RoutingTable, family: Family, gateway: &Ip, destination: IpPrefix, priority: u32) -> String {
    let route = format!("{family}/{gateway}/{destination}/{priority}");
    if table == RoutingTable::MAIN { route } else { format!("{table}/{route}") }
}

/// Kind of an address.
fn family(address: IpAddr) -> Family {
    if address.is_ipv4() { Family::INET4 } else { Family::INET6 }
}

/// Whether there is a device behind a link.
fn is_physical(link: &LinkStatusSpec) -> bool {
    link.r#type == LinkType::ETHER && link.kind.is_empty()
}
