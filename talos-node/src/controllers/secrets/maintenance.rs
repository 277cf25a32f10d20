use std::sync::Arc;
use std::time::Duration;

use talos_api::resources::secrets::{
    CertSans, MaintenanceRootSecrets, MaintenanceServiceCertificates, MaintenanceServiceCertsSpec,
};
use talos_api::resources::time::TimeStatuses;
use talos_pki::authority::{CertificateAuthority, SigningParams};
use talos_pki::certificate::{AlternativeNames, Validity};
use talos_pki::csr::RequestParams;
use talos_pki::name::DistinguishedName;

use super::MAINTENANCE;
use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Output, Outputs, Run};
use crate::machine::Machine;

/// How long a certificate is valid; it is renewed half-way.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

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
            tokio::select! {
                () = context.changed() => {}
                // Cancel-safe: nothing is done before it ends.
                () = tokio::time::sleep(LIFETIME / 2) => {}
            }
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
        let request = RequestParams {
            subject: DistinguishedName::from_common_name(names.fqdn.clone()),
            names: AlternativeNames {
                dns_names: names.dns_names.clone(),
                ip_addresses: names.ips.iter().filter_map(|ip| ip.address()).collect(),
            },
        };
        let params = SigningParams::server(Validity::from_now(&self.machine.clock, LIFETIME)?);
        let authority = CertificateAuthority::from_pem(ca)?;
        let server = authority.issue_pem(&request, &params, &mut self.machine.random.clone())?;
        Ok(Some(MaintenanceServiceCertsSpec { ca: Some(ca.without_key()), server: Some(server) }))
    }
}
