use std::sync::Arc;

use talos_api::resources::config::MachineTypes;
use talos_api::resources::network::NetworkStatuses;
use talos_api::resources::secrets::{CertSans, OsRootSecrets, TrustdCertificates, TrustdCertsSpec};
use talos_api::resources::time::TimeStatuses;
use talos_pki::authority::{CertificateAuthority, SigningParams};
use talos_pki::certificate::Validity;

use super::renewal::{Basis, Ground, Issued, may_be_due};
use super::{API, LIFETIME, TRUSTD, machine_type, network_is_ready, server_request};
use crate::controllers::cluster::is_control_plane;
use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Output, Outputs, Run};
use crate::machine::Machine;

/// Issues the certificate of the service that signs for workers, on machines that have the authority's key.
#[derive(Debug)]
pub struct TrustdController {
    machine: Arc<Machine>,
}

impl TrustdController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    TrustdController = "secrets.TrustdController" {
        inputs: [
            Input::weak::<NetworkStatuses>().only("status"),
            Input::weak::<MachineTypes>().only("machine-type"),
            Input::weak::<OsRootSecrets>().only("os"),
            Input::weak::<CertSans>().only(API),
            Input::weak::<TimeStatuses>().only("node"),
        ],
        outputs: [Output::exclusive::<TrustdCertificates>()],
    }
}

#[tonic::async_trait]
impl Run for TrustdController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut issued: Option<Issued<Basis>> = None;
        loop {
            may_be_due(&context).await;
            let inputs = context.inputs();
            let basis = match Ground::now(&inputs) {
                Ground::Complete(basis) if is_control_plane(machine_type(&inputs)) => *basis,
                Ground::Incomplete => continue,
                Ground::Complete(_) | Ground::None => {
                    context.settle(Outputs::default())?;
                    issued = None;
                    continue;
                }
            };
            let is_needed = match &issued {
                Some(issued) => !issued.is_good(&basis, self.machine.clock.now()),
                None => network_is_ready(&inputs),
            };
            if !is_needed {
                continue;
            }
            let Some(ca) = &basis.root.ca else { continue };
            let validity = Validity::from_now(&self.machine.clock, LIFETIME)?;
            let params = SigningParams::server(validity).with_key_encipherment();
            let authority = CertificateAuthority::from_pem(ca)?;
            let mut random = self.machine.random.clone();
            let server = authority.issue_pem(&server_request(&basis.names), &params, &mut random)?;
            let mut outputs = Outputs::default();
            let spec = TrustdCertsSpec { ca: Some(ca.without_key()), server: Some(server) };
            outputs.put::<TrustdCertificates>(TRUSTD, spec);
            context.settle(outputs)?;
            issued = Some(Issued { basis, validity });
        }
    }
}
