//! `ServiceList`, `ServiceStart`, `ServiceStop`, `ServiceRestart`.

use talos_api::proto::machine::{ServiceList, ServiceListResponse};
use talos_api::server::failure;
use tonic::Status;

use crate::service::{Action, Services};

/// All services, sorted by id.
pub fn service_list(services: &Services) -> ServiceListResponse {
    ServiceListResponse { messages: vec![ServiceList { metadata: None, services: services.list() }] }
}

/// Does something with a service, and says what.
///
/// # Errors
/// `Unknown` for a service that is not there, or with which clients may not do that.
pub async fn act(services: &Services, action: Action, id: &str) -> Result<String, Status> {
    services.act(action, id).await.map_err(|error| failure::unknown(&error))?;
    let done = match action {
        Action::Start => "started",
        Action::Stop => "stopped",
        Action::Restart => "restarted",
    };
    Ok(format!("Service {id:?} {done}"))
}
