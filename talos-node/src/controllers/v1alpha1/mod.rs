//! Services as resources.

mod service;

pub use service::ServiceController;
