use talos_api::resources::Ip;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::secrets::{OsRootSecrets, OsRootSpec};

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine_config::MachineConfig;

/// Takes the authority of the API, its names and the token for joining out of the configuration.
#[derive(Debug)]
pub struct RootOsController;

controller! {
    RootOsController = "secrets.RootOSController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::exclusive::<OsRootSecrets>()],
    }
}

impl Plan for RootOsController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let Some(machine) = config.as_ref().and_then(|config| config.machine()) else {
            return Ok(());
        };
        let (mut cert_san_ips, mut cert_san_dns_names) = (Vec::new(), Vec::new());
        for name in machine.cert_sans.iter().flatten() {
            match name.parse::<std::net::IpAddr>() {
                Ok(address) => cert_san_ips.push(Ip::from(address)),
                Err(_) => cert_san_dns_names.push(name.clone()),
            }
        }
        let (ca, token) = (machine.ca.as_deref().cloned(), machine.token.clone());
        outputs.put::<OsRootSecrets>("os", OsRootSpec { ca, cert_san_ips, cert_san_dns_names, token });
        Ok(())
    }
}
