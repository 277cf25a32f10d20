use std::sync::Arc;

use talos_api::resources::secrets::{
    CertSans, MaintenanceRootSecrets, MaintenanceServiceCertificates, MaintenanceServiceCertsSpec,
};
use talos_api::resources::time::TimeStatuses;
use talos_pki::authority::{CertificateAuthority, SigningParams};
use talos_pki::certificate::Validity;

use super::{LIFETIME, MAINTENANCE, issue_is_due, server_request};
use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Output, Outputs, Run};
use crate::machine::Machine;

/// Issues the certificate that the node shows in maintenance mode.
#[derive(Debug)]
pub struct MaintenanceController {
    machine: Arc<Machine>,
}

impl MaintenanceController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    MaintenanceController = "secrets.MaintenanceController" {
        inputs: [
            Input::weak::<MaintenanceRootSecrets>().only(MAINTENANCE),
            Input::weak::<CertSans>().only(MAINTENANCE),
            Input::weak::<TimeStatuses>().only("node"),
        ],
        outputs: [Output::exclusive::<MaintenanceServiceCertificates>()],
    }
}

#[tonic::async_trait]
impl Run for MaintenanceController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        loop {
            issue_is_due(&context).await;
            if let Some(spec) = self.issue(&context)? {
                let mut outputs = Outputs::default();
                outputs.put::<MaintenanceServiceCertificates>(MAINTENANCE, spec);
                context.settle(outputs)?;
            }
        }
    }
}

impl MaintenanceController {
    /// A new certificate, as soon as there are an authority and names.
    fn issue(&self, context: &Context) -> Result<Option<MaintenanceServiceCertsSpec>, Failure> {
        let inputs = context.inputs();
        let root = inputs.get::<MaintenanceRootSecrets>(MAINTENANCE);
        let names = inputs.get::<CertSans>(MAINTENANCE);
        let (Some(ca), Some(names)) = (root.as_ref().and_then(|root| root.ca.as_ref()), names) else { return Ok(None) };
        let params = SigningParams::server(Validity::from_now(&self.machine.clock, LIFETIME)?);
        let authority = CertificateAuthority::from_pem(ca)?;
        let server = authority.issue_pem(&server_request(&names), &params, &mut self.machine.random.clone())?;
        Ok(Some(MaintenanceServiceCertsSpec { ca: Some(ca.without_key()), server: Some(server) }))
    }
}
