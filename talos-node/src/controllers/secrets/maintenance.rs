use std::sync::Arc;

use talos_api::resources::secrets::{
    CertSanSpec, CertSans, MaintenanceRootSecrets, MaintenanceRootSpec, MaintenanceServiceCertificates,
    MaintenanceServiceCertsSpec,
};
use talos_api::resources::time::{StatusSpec, TimeStatuses};
use talos_pki::authority::{CertificateAuthority, SigningParams};
use talos_pki::certificate::Validity;

use super::renewal::{Issued, may_be_due};
use super::{LIFETIME, MAINTENANCE, server_request};
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

/// What the certificate follows from.
#[derive(Clone, PartialEq)]
struct Basis {
    root: MaintenanceRootSpec,
    names: CertSanSpec,
    time: Option<StatusSpec>,
}

#[tonic::async_trait]
impl Run for MaintenanceController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut issued: Option<Issued<Basis>> = None;
        loop {
            may_be_due(&context).await;
            let Some(basis) = basis(&context) else { continue };
            if issued.as_ref().is_some_and(|issued| issued.is_good(&basis, self.machine.clock.now())) {
                continue;
            }
            let Some(ca) = &basis.root.ca else { continue };
            let validity = Validity::from_now(&self.machine.clock, LIFETIME)?;
            let (request, params) = (server_request(&basis.names), SigningParams::server(validity));
            let authority = CertificateAuthority::from_pem(ca)?;
            let server = authority.issue_pem(&request, &params, &mut self.machine.random.clone())?;
            let mut outputs = Outputs::default();
            let spec = MaintenanceServiceCertsSpec { ca: Some(ca.without_key()), server: Some(server) };
            outputs.put::<MaintenanceServiceCertificates>(MAINTENANCE, spec);
            context.settle(outputs)?;
            issued = Some(Issued { basis, validity });
        }
    }
}

/// All of it, as soon as there are an authority and names.
fn basis(context: &Context) -> Option<Basis> {
    let inputs = context.inputs();
    let root = (*inputs.get::<MaintenanceRootSecrets>(MAINTENANCE)?).clone();
    let names = (*inputs.get::<CertSans>(MAINTENANCE)?).clone();
    let time = inputs.get::<TimeStatuses>("node").map(|time| (*time).clone());
    Some(Basis { root, names, time })
}
