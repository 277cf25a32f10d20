//! What a node answers that has no configuration yet.
//!
//! Everybody who can reach it may ask: for what is no secret, and to be given a configuration.

use std::sync::Arc;

use http::{Request, Response};
use talos_api::proto::cosi::resource::state_server::StateServer;
use talos_api::proto::machine::apply_configuration_request::Mode;
use talos_api::proto::machine::{ApplyConfiguration, ApplyConfigurationRequest, ApplyConfigurationResponse};
use talos_api::server::caller::Trust;
use talos_api::server::{failure, roles};
use talos_config::validate;
use tokio::sync::mpsc;
use tonic::Status;
use tonic::body::Body;
use tower_service::Service;

use super::access::ApiAccess;
use super::api::aside;
use super::cosi_state::StateService;
use super::runtime;
use super::transport::{Handler, Incoming};
use super::unary::unary;
use crate::machine::Machine;
use crate::machine_config::MachineConfig;

/// The API of maintenance mode.
#[derive(Clone)]
pub struct Maintenance {
    machine: Arc<Machine>,
    state: StateServer<StateService<ApiAccess>>,
    submit: mpsc::Sender<MachineConfig>,
}

impl std::fmt::Debug for Maintenance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Maintenance").field("machine", &self.machine).finish_non_exhaustive()
    }
}

impl Maintenance {
    /// The API for a machine; configurations that pass go to `submit`.
    pub fn new(machine: Arc<Machine>, submit: mpsc::Sender<MachineConfig>) -> Self {
        let access = ApiAccess::new(machine.store.clone());
        let state = StateServer::new(StateService::new(machine.store.clone(), access));
        Self { machine, state, submit }
    }
}

/// Methods that say more than that they are not there.
const REFUSED: &[(&str, &str)] = &[
    ("Version", "API is not implemented in maintenance mode"),
    ("Upgrade", "API is not implemented in maintenance mode"),
    ("Reset", "API is not implemented in maintenance mode"),
    ("GenerateClientConfiguration", "client configuration (talosconfig) can't be generated in the maintenance mode"),
];

impl Handler for Maintenance {
    type Body = Body;

    async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        let request = request.map(Body::new);
        let path = request.uri().path().to_owned();
        let (service, method) = path.trim_start_matches('/').split_once('/').unwrap_or((&path, ""));
        match (service, method) {
            ("cosi.resource.State", _) => {
                let mut request = request;
                // Organizations and metadata count for nothing here.
                let roles = Trust::Maintenance.roles([], request.headers());
                request.extensions_mut().insert(roles);
                let Ok(response) = self.state.clone().call(request).await;
                response
            }
            ("machine.MachineService", "ApplyConfiguration") => {
                unary(request, |request| self.apply_configuration(request)).await
            }
            ("machine.MachineService", "GenerateConfiguration") => {
                unary(request, |request| {
                    aside(self.machine.clone(), move |machine| runtime::first_configuration(machine, request))
                })
                .await
            }
            ("machine.MachineService", method) => {
                let refused = REFUSED.iter().find(|(refused, _)| *refused == method);
                let is_method = roles::METHODS.iter().any(|(known, _)| *known == path);
                let status = match (refused, is_method) {
                    (Some((_, text)), _) => Status::unimplemented(*text),
                    (None, true) => failure::not_implemented(method),
                    (None, false) => failure::not_registered(&path, true),
                };
                status.into_http()
            }
            _ => failure::not_registered(&path, false).into_http(),
        }
    }
}

/// What a node without a configuration says about a trial.
const DRY_RUN: &str = "Dry run summary:\nNode is running in maintenance mode and does not have a config yet.";

impl Maintenance {
    async fn apply_configuration(
        &self,
        request: ApplyConfigurationRequest,
    ) -> Result<ApplyConfigurationResponse, Status> {
        let mode = request.mode();
        if !matches!(mode, Mode::Reboot | Mode::Auto | Mode::Try) {
            let mode = mode.as_str_name().to_lowercase().replace('_', "-");
            let text = format!("apply configuration --mode='{mode}' is not supported in maintenance mode");
            return Err(Status::unimplemented(text));
        }
        let config = talos_config::load(request.data)
            .map_err(|error| Status::unknown(format!("failed to parse config: {error}")))?;
        let (warnings, verdict) = validate::validate(&config, validate::Mode::Container, validate::Options::default());
        verdict.map_err(|errors| Status::invalid_argument(format!("configuration validation failed: {errors}")))?;
        let warnings = warnings.into_iter().map(|warning| warning.finding.message).collect();
        let mut reply = ApplyConfiguration { warnings, ..ApplyConfiguration::default() };
        if request.dry_run {
            reply.mode_details = DRY_RUN.to_owned();
        } else if self.submit.send(MachineConfig::from(config)).await.is_err() {
            return Err(Status::unavailable("the maintenance service is about to end"));
        }
        Ok(ApplyConfigurationResponse { messages: vec![reply] })
    }
}
