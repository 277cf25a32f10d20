use std::sync::Arc;

use talos_api::resources::Url;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::runtime::{KmsgLogConfigSpec, KmsgLogConfigs};
use talos_config::runtime::KmsgLogConfig;
use talos_config::value::url;

use crate::command_line::CommandLine;
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::machine_config::MachineConfig;

/// Finds where the log of the kernel is sent to: what the command line of the kernel says, and what the configuration says.
///
/// Source: `internal/app/machined/pkg/controllers/runtime/kmsg_log_config.go` (1.5).
#[derive(Debug)]
pub struct KmsgLogConfigController {
    machine: Arc<Machine>,
}

impl KmsgLogConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    KmsgLogConfigController = "runtime.KmsgLogConfigController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::exclusive::<KmsgLogConfigs>()],
    }
}

/// A command line that does not say where.
#[derive(Debug, thiserror::Error)]
#[error("error parsing \"talos.logging.kernel\": {0}")]
struct AddressError(url::ParseError);

impl Plan for KmsgLogConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let started_with = CommandLine::parse(&self.machine.settings.command_line).first("talos.logging.kernel");
        let started_with = started_with.map(str::parse::<url::Url>).transpose().map_err(AddressError)?;
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let documents = config.iter().flat_map(|config| config.container().documents());
        let stated = documents.filter_map(|document| document.as_document_any().downcast_ref::<KmsgLogConfig>());
        let stated = stated.filter_map(|document| document.url.0.as_ref()).map(ToString::to_string);
        let first = started_with.map(|address| address.to_string());
        // Who stands in both places is told once.
        let others = stated.filter(|address| Some(address) != first.as_ref());
        let destinations: Vec<_> = first.iter().cloned().chain(others).map(|address| Some(Url(address))).collect();
        if !destinations.is_empty() {
            outputs.put::<KmsgLogConfigs>("kmsg-log", KmsgLogConfigSpec { destinations });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{outputs, put_content, store};
    use crate::machine::testing;

    const DOCUMENTS: &str = "\
apiVersion: v1alpha1
kind: KmsgLogConfig
name: a
url: tcp://10.0.0.1:1/
---
apiVersion: v1alpha1
kind: KmsgLogConfig
name: b
url: udp://10.0.0.2:2/
";

    fn destinations(line: &str, text: &str) -> Vec<String> {
        let store = store();
        let config = talos_config::load(text).unwrap();
        put_content(&store, MachineConfig::reference(MachineConfig::ACTIVE), MachineConfig::from(config));
        let machine = testing::machine_with(|settings| settings.command_line = line.into());
        let outputs = outputs(&store, &KmsgLogConfigController::new(machine));
        let spec = outputs.wanted().map(|(_, content)| {
            (content as &dyn std::any::Any).downcast_ref::<KmsgLogConfigSpec>().unwrap().destinations.clone()
        });
        spec.flatten().flatten().map(|url| url.0).collect()
    }

    #[test]
    fn everybody_who_is_named_gets_it() {
        assert_eq!(destinations("quiet", "machine: {}\n"), [""; 0]);
        let line = "talos.logging.kernel=udp://10.0.0.2:2/";
        assert_eq!(destinations(line, "machine: {}\n"), ["udp://10.0.0.2:2/"]);
        assert_eq!(destinations("", DOCUMENTS), ["tcp://10.0.0.1:1/", "udp://10.0.0.2:2/"]);
        assert_eq!(destinations(line, DOCUMENTS), ["udp://10.0.0.2:2/", "tcp://10.0.0.1:1/"]);
    }

    #[test]
    fn a_line_that_names_nobody_is_refused() {
        let machine = testing::machine_with(|settings| settings.command_line = "talos.logging.kernel=tcp://a:b".into());
        let controller = KmsgLogConfigController::new(machine);
        let failure = controller.plan(&Inputs::new(&store(), &controller), &mut Outputs::default()).unwrap_err();
        assert!(failure.to_string().starts_with("error parsing \"talos.logging.kernel\": "), "{failure}");
    }
}
