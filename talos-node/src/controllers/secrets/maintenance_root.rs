use std::sync::Arc;

use talos_api::resources::secrets::{MaintenanceRootSecrets, MaintenanceRootSpec};
use talos_pki::authority::{AUTHORITY_LIFETIME, AuthorityParams, CertificateAuthority};
use talos_pki::certificate::Validity;

use super::MAINTENANCE;
use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Output, Outputs, Run};
use crate::machine::Machine;

/// Makes an authority for maintenance mode: a new one each time the node starts, kept in memory only.
#[derive(Debug)]
pub struct MaintenanceRootController {
    machine: Arc<Machine>,
}

impl MaintenanceRootController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    MaintenanceRootController = "secrets.MaintenanceRootController" {
        inputs: [],
        outputs: [Output::exclusive::<MaintenanceRootSecrets>()],
    }
}

#[tonic::async_trait]
impl Run for MaintenanceRootController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let validity = Validity::from_now(&self.machine.clock, AUTHORITY_LIFETIME)?;
        let params = AuthorityParams::new("talos", validity);
        let authority = CertificateAuthority::generate(&params, &mut self.machine.random.clone())?;
        let mut outputs = Outputs::default();
        outputs.put::<MaintenanceRootSecrets>(MAINTENANCE, MaintenanceRootSpec { ca: Some(authority.to_pem()) });
        context.settle(outputs)
    }
}
