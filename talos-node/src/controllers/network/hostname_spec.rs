use talos_api::resources::network::{HostnameSpecs, HostnameStatusSpec, HostnameStatuses};

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Tells the name of the machine. The name of a computer that it does not own stays as it is.
#[derive(Debug)]
pub struct HostnameSpecController;

controller! {
    HostnameSpecController = "network.HostnameSpecController" {
        inputs: [Input::strong::<HostnameSpecs>()],
        outputs: [Output::exclusive::<HostnameStatuses>()],
    }
}

impl Plan for HostnameSpecController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        if let Some(spec) = inputs.get::<HostnameSpecs>("hostname").filter(|spec| spec.is_running()) {
            let (hostname, domainname) = (spec.hostname.clone(), spec.domainname.clone());
            outputs.put::<HostnameStatuses>("hostname", HostnameStatusSpec { hostname, domainname });
        }
        Ok(())
    }
}
