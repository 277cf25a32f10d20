//! What a node knows about Kubernetes.

mod address_filter;
mod nodename;
mod static_endpoint;

pub use address_filter::AddressFilterController;
pub use nodename::NodenameController;
pub use static_endpoint::StaticEndpointController;
