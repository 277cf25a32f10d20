use talos_api::resources::cluster::{InfoSpec, Infos};
use talos_api::resources::config::MachineConfigs;

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine_config::MachineConfig;

/// Tells which cluster the machine belongs to.
#[derive(Debug)]
pub struct InfoController;

controller! {
    InfoController = "cluster.InfoController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::exclusive::<Infos>()],
    }
}

impl Plan for InfoController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        if let Some(cluster) = config.as_ref().and_then(|config| config.container().config()?.cluster.as_ref()) {
            let spec = InfoSpec { cluster_id: cluster.id.clone(), cluster_name: cluster.cluster_name.clone() };
            outputs.put::<Infos>("current", spec);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{put_content, store, wanted};

    #[test]
    fn it_follows_the_cluster_section() {
        for (text, expected) in [
            ("machine: {}\n", vec![]),
            ("cluster:\n    id: x\n    clusterName: lab\n", vec!["cluster/current: clusterId: x; clusterName: lab"]),
        ] {
            let store = store();
            let config = talos_config::load(text).unwrap();
            put_content(&store, MachineConfig::reference(MachineConfig::ACTIVE), MachineConfig::from(config));
            assert_eq!(wanted(&store, &InfoController), expected);
        }
    }
}
