//! Whether the clock is right.

use talos_api::resources::config::MachineConfigs;
use talos_api::resources::network::TimeServerStatuses;
use talos_api::resources::time::{StatusSpec, TimeStatuses};

use super::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine_config::MachineConfig;

/// Tells that the clock is synchronised, once it is known who would be asked. A node that does not own its computer
/// leaves the clock to whoever does, and says so, whatever its configuration wants.
#[derive(Debug)]
pub struct SyncController;

controller! {
    SyncController = "time.SyncController" {
        inputs: [
            Input::weak::<TimeServerStatuses>().only("timeservers"),
            Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE),
        ],
        outputs: [Output::exclusive::<TimeStatuses>()],
    }
}

impl Plan for SyncController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        if inputs.get::<TimeServerStatuses>("timeservers").is_some() {
            outputs.put::<TimeStatuses>("node", StatusSpec { synced: true, epoch: 0, sync_disabled: true });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;
    use talos_api::resources::network::TimeServerStatusSpec;

    use super::*;
    use crate::controllers::testing::{put, store, wanted};

    #[test]
    fn somebody_must_be_there_to_be_asked() {
        let store = store();
        assert_eq!(wanted(&store, &SyncController), [""; 0]);
        let status = TimeServerStatusSpec { ntp_servers: vec!["pool.ntp.org".into()] };
        put::<TimeServerStatuses>(&store, TimeServerStatuses::DEFINITION.namespace, "timeservers", status);
        assert_eq!(wanted(&store, &SyncController), ["runtime/node: synced: true; epoch: 0; syncDisabled: true"]);
    }
}
