use talos_api::resources::config::{MachineConfigs, MachineType, MachineTypeSpec, MachineTypes};

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine_config::MachineConfig;

/// Tells what the machine is configured to be.
#[derive(Debug)]
pub struct MachineTypeController;

controller! {
    MachineTypeController = "config.MachineTypeController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::exclusive::<MachineTypes>()],
    }
}

impl Plan for MachineTypeController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let machine = config.as_ref().and_then(|config| config.machine());
        // A configuration that does not say it means a worker.
        let machine_type = match machine.map(|machine| machine.r#type.parse()) {
            Some(Ok(talos_config::MachineType::Init)) => MachineType::INIT,
            Some(Ok(talos_config::MachineType::ControlPlane)) => MachineType::CONTROL_PLANE,
            Some(Ok(talos_config::MachineType::Worker)) => MachineType::WORKER,
            _ => MachineType::UNKNOWN,
        };
        outputs.put::<MachineTypes>("machine-type", MachineTypeSpec { machine_type });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{put_content, store, wanted};

    #[test]
    fn the_type_follows_the_configuration() {
        for (text, expected) in
            [("type: worker", "worker"), ("type: controlplane", "controlplane"), ("token: x", "worker")]
        {
            let store = store();
            assert_eq!(wanted(&store, &MachineTypeController), ["config/machine-type: unknown"]);
            let config = talos_config::load(format!("machine:\n    {text}\n")).unwrap();
            put_content(&store, MachineConfig::reference(MachineConfig::ACTIVE), MachineConfig::from(config));
            assert_eq!(wanted(&store, &MachineTypeController), [format!("config/machine-type: {expected}")]);
        }
    }
}
