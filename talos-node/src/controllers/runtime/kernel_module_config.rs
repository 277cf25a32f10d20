use talos_api::resources::config::MachineConfigs;
use talos_api::resources::runtime::{KernelModuleSpecSpec, KernelModuleSpecs};

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine_config::MachineConfig;

/// Takes modules of the kernel out of the configuration. Nothing loads them where the kernel is not the node's own.
///
/// Source: `internal/app/machined/pkg/controllers/runtime/kernel_module_config.go` (1.5).
#[derive(Debug)]
pub struct KernelModuleConfigController;

controller! {
    KernelModuleConfigController = "runtime.KernelModuleConfigController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::shared::<KernelModuleSpecs>()],
    }
}

impl Plan for KernelModuleConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let machine = config.as_ref().and_then(|config| config.machine());
        let kernel = machine.and_then(|machine| machine.kernel.as_ref());
        for module in kernel.iter().filter_map(|kernel| kernel.modules.as_ref()).flat_map(|modules| modules.iter()) {
            let parameters = module.parameters.clone().unwrap_or_default();
            let spec = KernelModuleSpecSpec { name: module.name.clone(), parameters };
            outputs.put::<KernelModuleSpecs>(&module.name, spec);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{put_content, store, wanted};

    #[test]
    fn modules_are_taken_with_their_parameters() {
        let store = store();
        assert_eq!(wanted(&store, &KernelModuleConfigController), [""; 0]);
        let text = "machine:\n  kernel:\n    modules: [{name: btrfs}, {name: e1000e, parameters: [a=1, b]}]\n";
        let config = talos_config::load(text).unwrap();
        put_content(&store, MachineConfig::reference(MachineConfig::ACTIVE), MachineConfig::from(config));
        let expected = [
            "runtime/btrfs: string: btrfs; parameters: []",
            "runtime/e1000e: string: e1000e; parameters:;     - a=1;     - b",
        ];
        assert_eq!(wanted(&store, &KernelModuleConfigController), expected);
    }
}
