use std::sync::Arc;

use talos_api::resources::config::{MachineType, MachineTypes};
use talos_api::resources::secrets::{ApiCertificates, ApiCertsSpec, CertSans, OsRootSecrets};
use talos_api::resources::time::TimeStatuses;
use talos_pki::Role;
use talos_pki::authority::{CertificateAuthority, SigningParams};
use talos_pki::certificate::{AlternativeNames, Validity};
use talos_pki::csr::RequestParams;
use talos_pki::name::DistinguishedName;

use super::{API, LIFETIME, issue_is_due, server_request};
use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Output, Outputs, Run};
use crate::machine::Machine;

/// Issues the certificates of the API on machines that have the authority's key: one to be shown to clients, and one to
/// call other nodes with.
#[derive(Debug)]
pub struct ApiController {
    machine: Arc<Machine>,
}

impl ApiController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    ApiController = "secrets.APIController" {
        inputs: [
            Input::weak::<MachineTypes>().only("machine-type"),
            Input::weak::<OsRootSecrets>().only("os"),
            Input::weak::<CertSans>().only(API),
            Input::weak::<TimeStatuses>().only("node"),
        ],
        outputs: [Output::exclusive::<ApiCertificates>()],
    }
}

#[tonic::async_trait]
impl Run for ApiController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        loop {
            issue_is_due(&context).await;
            if let Some(spec) = self.issue(&context)? {
                let mut outputs = Outputs::default();
                outputs.put::<ApiCertificates>(API, spec);
                context.settle(outputs)?;
            }
        }
    }
}

impl ApiController {
    fn issue(&self, context: &Context) -> Result<Option<ApiCertsSpec>, Failure> {
        let inputs = context.inputs();
        let machine_type = inputs.get::<MachineTypes>("machine-type").map(|spec| spec.machine_type);
        if !machine_type.is_some_and(|kind| [MachineType::INIT, MachineType::CONTROL_PLANE].contains(&kind)) {
            return Ok(None);
        }
        let root = inputs.get::<OsRootSecrets>("os");
        let names = inputs.get::<CertSans>(API);
        let (Some(ca), Some(names)) = (root.as_ref().and_then(|root| root.ca.as_ref()), names) else { return Ok(None) };
        let authority = CertificateAuthority::from_pem(ca)?;
        let validity = Validity::from_now(&self.machine.clock, LIFETIME)?;
        let mut random = self.machine.random.clone();
        let client = RequestParams {
            subject: DistinguishedName::from_organizations([Role::Impersonator.as_str()])
                .with_common_name(names.fqdn.clone()),
            names: AlternativeNames::default(),
        };
        Ok(Some(ApiCertsSpec {
            ca: Some(ca.without_key()),
            client: Some(authority.issue_pem(&client, &SigningParams::client(validity), &mut random)?),
            server: Some(authority.issue_pem(
                &server_request(&names),
                &SigningParams::server(validity),
                &mut random,
            )?),
        }))
    }
}
