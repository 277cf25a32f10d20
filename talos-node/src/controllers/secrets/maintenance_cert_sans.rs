use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use talos_api::resources::Ip;
use talos_api::resources::network::{HostnameStatuses, NodeAddresses};
use talos_api::resources::secrets::{CertSanSpec, CertSans};

use super::MAINTENANCE;
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::fqdn;

/// Common name of the certificate of maintenance mode.
const COMMON_NAME: &str = "maintenance-service.talos.dev";

/// Collects the names for the certificate of maintenance mode: those of the machine, and of the computer to itself.
#[derive(Debug)]
pub struct MaintenanceCertSansController;

controller! {
    MaintenanceCertSansController = "secrets.MaintenanceCertSANsController" {
        inputs: [
            Input::weak::<HostnameStatuses>().only("hostname"),
            Input::weak::<NodeAddresses>().only("accumulative"),
        ],
        outputs: [Output::shared::<CertSans>()],
    }
}

impl Plan for MaintenanceCertSansController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let addresses = inputs.get::<NodeAddresses>("accumulative");
        let hostname = inputs.get::<HostnameStatuses>("hostname");
        let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
        let seen = addresses.iter().flat_map(|addresses| &addresses.addresses).filter_map(|prefix| prefix.address());
        let ips: BTreeSet<IpAddr> = seen.chain(loopback).collect();
        let mut dns_names = BTreeSet::new();
        if let Some(status) = hostname {
            dns_names.extend([status.hostname.clone(), fqdn(&status)]);
        }
        let spec = CertSanSpec {
            ips: ips.into_iter().map(Ip::from).collect(),
            dns_names: dns_names.into_iter().collect(),
            fqdn: COMMON_NAME.into(),
        };
        outputs.put::<CertSans>(MAINTENANCE, spec);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::network::{HostnameStatusSpec, NodeAddressSpec};

    use super::*;
    use crate::controllers::testing::{put, store, wanted};

    #[test]
    fn all_names_are_there_once() {
        let store = store();
        let addresses = ["10.0.0.2/24", "127.0.0.1/8"].map(|text| text.parse().unwrap()).to_vec();
        put::<NodeAddresses>(&store, "network", "accumulative", NodeAddressSpec { addresses });
        let status = HostnameStatusSpec { hostname: "a".into(), domainname: "b".into() };
        put::<HostnameStatuses>(&store, "network", "hostname", status);
        let expected = "secrets/maintenance: ips:;     - 10.0.0.2;     - 127.0.0.1;     - ::1; dnsNames:;     - a;     - \
                        a.b; fqdn: maintenance-service.talos.dev";
        assert_eq!(wanted(&store, &MaintenanceCertSansController), [expected]);
    }
}
