//! Who belongs to the cluster.

mod affiliate_merge;
mod config;
mod discovery_service;
mod endpoint;
mod info;
mod local_affiliate;
mod member;
mod node_identity;

pub use affiliate_merge::AffiliateMergeController;
pub use config::ConfigController;
pub use discovery_service::DiscoveryServiceController;
pub use endpoint::EndpointController;
pub use info::InfoController;
pub use local_affiliate::LocalAffiliateController;
pub(super) use local_affiliate::is_control_plane;
pub use member::MemberController;
pub use node_identity::NodeIdentityController;

/// Namespace of what the registries found, before it is merged.
const RAW_NAMESPACE: &str = "cluster-raw";

/// Id of how members find each other.
const DISCOVERY: &str = "cluster";

/// Id of the node's own identity.
const LOCAL: &str = "local";
