use talos_api::resources::config::MachineConfigs;
use talos_api::resources::runtime::{KernelParamSpecSpec, KernelParamSpecs};

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine_config::MachineConfig;

/// Takes parameters of the kernel out of the configuration.
///
/// Source: `internal/app/machined/pkg/controllers/runtime/kernel_param_config.go` (1.5).
#[derive(Debug)]
pub struct KernelParamConfigController;

controller! {
    KernelParamConfigController = "runtime.KernelParamConfigController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::shared::<KernelParamSpecs>()],
    }
}

impl Plan for KernelParamConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let Some(machine) = config.as_ref().and_then(|config| config.machine()) else {
            return Ok(());
        };
        for (kind, parameters) in [("proc.sys", &machine.sysctls), ("sys", &machine.sysfs)] {
            for (key, value) in parameters.iter().flatten() {
                let spec = KernelParamSpecSpec { value: value.clone(), ignore_errors: false };
                outputs.put::<KernelParamSpecs>(format!("{kind}.{key}"), spec);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{put_content, store, wanted};

    #[test]
    fn both_kinds_are_taken() {
        let store = store();
        assert_eq!(wanted(&store, &KernelParamConfigController), [""; 0]);
        let text = "machine:\n  sysctls: {net.a: '1'}\n  sysfs: {module.b: x}\n";
        let config = talos_config::load(text).unwrap();
        put_content(&store, MachineConfig::reference(MachineConfig::ACTIVE), MachineConfig::from(config));
        let expected = [
            "runtime/proc.sys.net.a: value: \"1\"; ignoreErrors: false",
            "runtime/sys.module.b: value: x; ignoreErrors: false",
        ];
        assert_eq!(wanted(&store, &KernelParamConfigController), expected);
    }
}
