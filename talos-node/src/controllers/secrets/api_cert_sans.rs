use std::collections::BTreeSet;
use std::net::IpAddr;

use talos_api::resources::Ip;
use talos_api::resources::network::{HostnameStatuses, NodeAddresses};
use talos_api::resources::secrets::{CertSanSpec, CertSans, OsRootSecrets};

use super::API;
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::fqdn;

/// Collects the names for the certificate of the API: those of the configuration, and those of the machine.
#[derive(Debug)]
pub struct ApiCertSansController;

controller! {
    ApiCertSansController = "secrets.APICertSANsController" {
        inputs: [
            Input::weak::<OsRootSecrets>().only("os"),
            Input::weak::<HostnameStatuses>().only("hostname"),
            Input::weak::<NodeAddresses>().only("accumulative"),
        ],
        outputs: [Output::shared::<CertSans>()],
    }
}

impl Plan for ApiCertSansController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let root = inputs.get::<OsRootSecrets>("os");
        let hostname = inputs.get::<HostnameStatuses>("hostname");
        let addresses = inputs.get::<NodeAddresses>("accumulative");
        let (Some(root), Some(hostname), Some(addresses)) = (root, hostname, addresses) else { return Ok(()) };
        let own = addresses.addresses.iter().filter_map(|prefix| prefix.address());
        let ips: BTreeSet<IpAddr> = root.cert_san_ips.iter().filter_map(|ip| ip.address()).chain(own).collect();
        let fqdn = fqdn(&hostname);
        let mut dns_names: BTreeSet<String> = root.cert_san_dns_names.iter().cloned().collect();
        dns_names.extend([hostname.hostname.clone(), fqdn.clone()]);
        let spec = CertSanSpec {
            ips: ips.into_iter().map(Ip::from).collect(),
            dns_names: dns_names.into_iter().collect(),
            fqdn,
        };
        outputs.put::<CertSans>(API, spec);
        Ok(())
    }
}
